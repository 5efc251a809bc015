"""Writing the draft of a version, its video, publishing it, and looking at any version."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage

from core import clock, files
from core.authz import current_principal, found, principal_or_none, requires
from core.db import unit_of_work
from core.errors import NotFound
from core.markdown import to_html
from training.courses import queries, rules, services, videos
from training.courses.blueprint import bp
from training.courses.forms import DraftForm, PublishForm, VideoForm
from training.courses.models import CourseVersion
from training.courses.pages import attempt, course_here, staff_course, words
from training.courses.permissions import Permission
from training.courses.rules import TestPlan
from training.courses.services import Upload
from training.courses.vocabulary import VersionState


@bp.route("/courses/<int:course_id>/draft", methods=["GET", "POST"])
@requires(Permission.KEEP)
def draft(course_id: int) -> Any:
    row = course_here(course_id, keeps=True)
    form = DraftForm()

    def again() -> str:
        course = course_here(course_id)
        version = queries.draft_of(course_id)
        return render_template(
            "training/courses/draft.html",
            form=form,
            row=course,
            version=version,
            published=queries.published(course_id),
            tags=sorted({question.tag for question in queries.bank(course_id) if question.tag}),
            preview=to_html(form.body.data or "") if "preview" in request.form else None,
        )

    if not form.is_submitted():
        form.show(queries.draft_of(row.id) or queries.published(row.id))
        return again()
    if "preview" in request.form:
        return again()

    def write() -> CourseVersion:
        held = course_here(course_id, keeps=True, lock=True)
        return services.write(held, form.content(), current_principal(), clock.now())

    return attempt(write, form, again, lambda _: redirect(url_for(".show", course_id=course_id)))


@bp.post("/courses/<int:course_id>/draft/discard")
@requires(Permission.KEEP)
def discard(course_id: int) -> Any:
    with unit_of_work():
        services.discard(course_here(course_id, keeps=True, lock=True))
    flash("The draft is gone.", "success")
    return redirect(url_for(".show", course_id=course_id))


@bp.url_value_preprocessor
def take_videos(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A video is larger than what else is sent here; only those who keep courses may send one."""
    if endpoint == "courses.video" and request.method == "POST":
        principal = principal_or_none()
        if principal and principal.can(Permission.KEEP):
            request.max_content_length = current_app.config["HEARTHDESK"].video_limit


@bp.route("/courses/<int:course_id>/draft/video", methods=["GET", "POST"])
@requires(Permission.KEEP)
def video(course_id: int) -> Any:
    course_here(course_id, keeps=True)
    form = VideoForm()

    def again() -> str:
        version = queries.draft_of(course_id) or queries.published(course_id)
        return render_template(
            "training/courses/video.html", form=form, row=course_here(course_id), version=version, limit=_limit()
        )

    def put() -> CourseVersion:
        row = course_here(course_id, keeps=True, lock=True)
        sent = (upload(form.video.data), upload(form.captions.data))
        return services.put_video(row, *sent, current_principal(), clock.now())

    if not form.is_submitted():
        return again()
    return attempt(put, form, again, lambda _: redirect(url_for(".show", course_id=course_id)))


def _limit() -> int:
    limit: int = current_app.config["HEARTHDESK"].video_limit
    return limit


def upload(sent: FileStorage | None) -> Upload | None:
    return Upload(sent.stream, sent.filename) if sent and sent.filename else None


@bp.post("/courses/<int:course_id>/draft/video/remove")
@requires(Permission.KEEP)
def remove_video(course_id: int) -> Any:
    with unit_of_work():
        services.drop_video(course_here(course_id, keeps=True, lock=True))
    flash("The draft has no video now.", "success")
    return redirect(url_for(".show", course_id=course_id))


@bp.route("/courses/<int:course_id>/publish", methods=["GET", "POST"])
@requires(Permission.KEEP)
def publish(course_id: int) -> Any:
    course_here(course_id, keeps=True)
    form = PublishForm()

    def again() -> str:
        row = course_here(course_id)
        version: CourseVersion = found(queries.draft_of(course_id))
        return render_template(
            "training/courses/publish.html",
            form=form,
            row=row,
            version=version,
            standing=services.standing(row, version, clock.now()),
        )

    def change() -> CourseVersion:
        return services.publish(course_here(course_id, keeps=True, lock=True), form.changes.data or "", clock.now())

    if not form.is_submitted():
        return again()

    def done(version: CourseVersion) -> Any:
        flash(f"Version {version.number} is what people take from now on.", "success")
        return redirect(url_for(".show", course_id=course_id))

    return attempt(change, form, again, done)


@bp.get("/courses/<int:course_id>/versions/<int:number>")
@requires(Permission.VIEW)
def version(course_id: int, number: int) -> Any:
    row = staff_course(course_id)
    version = queries.version_of(row, number)
    return render_template(
        "training/courses/version.html",
        row=row,
        version=version,
        html=to_html(version.body),
        plan=TestPlan.of(version.test),
        hash=rules.text_hash(version.body, version.clauses),
        is_published=version.state is VersionState.PUBLISHED,
        **words(),
    )


@bp.get("/courses/<int:course_id>/versions/<int:number>/video")
@requires(Permission.VIEW)
def version_video(course_id: int, number: int) -> Response:
    return play(queries.version_of(staff_course(course_id), number))


@bp.get("/courses/<int:course_id>/versions/<int:number>/captions")
@requires(Permission.VIEW)
def version_captions(course_id: int, number: int) -> Response:
    return subtitle(queries.version_of(staff_course(course_id), number))


def play(version: CourseVersion) -> Response:
    """The video, or the part of it that the player asks for. Raises NotFound where there is none."""
    if version.video is None:
        raise NotFound
    kind = videos.WEBM if version.video.media_type == videos.WEBM else videos.MP4
    return files.send(version.video, kind)


def subtitle(version: CourseVersion) -> Response:
    if version.captions is None:
        raise NotFound
    return files.send(version.captions, "text/vtt")
