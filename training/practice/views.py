"""Practicing: one's own cases, how people get on, and what the staff does about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires, signed_in
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import page_of
from core.people.models import Person
from core.typed import Once, put_error
from core.ui.nav import Area, NavItem, register
from training.practice import checking, ending, ladder, queries, rules, services, tracks
from training.practice.elements import project_types, type_words
from training.practice.ending import Deed
from training.practice.exports import Upload
from training.practice.forms import EXPORT_HINT, GiveForm, HandInForm, ReasonForm, SessionForm
from training.practice.languages import words as language_words
from training.practice.models import PracticeTrack
from training.practice.permissions import Permission
from training.practice.queries import Asked
from training.practice.rules import Act, SegmentState, TrackState
from training.practice.services import Giving, HandedIn

bp = Blueprint("practice_cases", __name__, url_prefix="/training/practice")

register(NavItem(Area.TRAINING, "Practice cases", "practice_cases.index", Permission.SEE, order=40))

TONES = {
    TrackState.WORKING: "info", TrackState.PASSED: "ok", TrackState.REFUSED: "off", TrackState.COMMITTEE: "wait",
    TrackState.PROVISIONAL: "warn", TrackState.KEPT: "ok", TrackState.DENIED: "off", TrackState.WITHDRAWN: "off",
}  # fmt: skip
PART_TONES = {
    SegmentState.LATER: "off", SegmentState.OPEN: "info", SegmentState.SUBMITTED: "wait", SegmentState.RETURNED: "warn",
    SegmentState.ACCEPTED: "ok",
}  # fmt: skip
ACTS = {
    Act.BEGUN: "Began to practice",
    Act.CASE_GIVEN: "Case given",
    Act.SUBMITTED: "Handed in",
    Act.RETURNED: "Returned to correct",
    Act.ACCEPTED: "Accepted",
    Act.ONE_ON_ONE: "One-on-one training",
    Act.PASSED: "Passed",
    Act.REFUSED: "Access refused",
    Act.PUT_UP: "Put before the committee",
    Act.DENIED: "Access denied",
    Act.PROVISIONAL: "Provisional access",
    Act.KEPT: "Access kept",
    Act.REPEAT: "Series to be taken again",
    Act.WITHDRAWN: "Withdrawn",
}
NEXT_WORDS = {
    ladder.Next.WORK: "Work goes on with the part that is out.",
    ladder.Next.ONE_ON_ONE: "One-on-one training comes next.",
    ladder.Next.ONE_ON_ONE_AGAIN: "One-on-one training comes next, and then a second case.",
    ladder.Next.SECOND_CASE: "A second case comes next.",
    ladder.Next.ONE_ON_ONE_ON_SECOND: "One-on-one training comes next.",
    ladder.Next.THIRD_CASE: "A third and last case comes next.",
    ladder.Next.COMMITTEE: "Access is denied until the committee has decided.",
    ladder.Next.RE_EVALUATION: "The committee decides again after the provisional access.",
    ladder.Next.RETRY: "Another try is open after the wait.",
    ladder.Next.PASSED: "The case is passed.",
    ladder.Next.KEPT: "The committee let access stay.",
}


def me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


def typed(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:80]


def words() -> dict[str, Any]:
    """What every page of the room says things with."""
    return {
        "states": queries.TRACK_STATES,
        "tones": TONES,
        "part_states": tracks.STATES,
        "part_tones": PART_TONES,
        "acts": ACTS,
        "type_words": type_words,
        "language_words": language_words,
        "export_hint": EXPORT_HINT,
    }


def uploads() -> list[Upload]:
    """The files that were chosen; a file field that was left alone sends one without a name."""
    return [Upload(one.filename, one.stream) for one in request.files.getlist("export") if one.filename]


# ------------------------------------------------------------------ how people get on


@bp.get("")
@requires(Permission.SEE)
def index() -> Any:
    principal = current_principal()
    asked = Asked(typed("state"), typed("type"), typed("q"))
    return render_template(
        "training/practice/index.html",
        page=page_of(queries.tracks(principal, asked), [PracticeTrack.id], descending=True),
        asked=asked,
        types=sorted(project_types().items(), key=lambda one: one[1]),
        may_give=principal.can(Permission.REVIEW),
        **words(),
    )


@bp.get("/<int:track_id>")
@signed_in
def show(track_id: int) -> Any:
    return track_page(queries.visible_track(current_principal(), track_id))


Named = tuple[str, Any]


def track_page(track: PracticeTrack, sent: Named | None = None) -> str:
    """`sent` is the form that came back with an error, and which one of the page's it is."""
    principal, now = current_principal(), clock.now()
    policy = tracks.policy_of(track)
    way = tracks.way_of(track)
    forms: dict[str, Any] = {
        "hand_in": HandInForm(formdata=None),
        "session": SessionForm(formdata=None, prefix="session"),
        **{name: ReasonForm(formdata=None, prefix=name) for name in ("refuse", "repeat", "withdraw")},
        **{name: Once(formdata=None, prefix=name) for name in ("case", "again")},
    }
    forms["hand_in"].language.data = track.language
    forms |= dict([sent] if sent else [])
    for form in forms.values():
        form.fresh()
    tried = tracks.tried(track)
    return render_template(
        "training/practice/show.html",
        track=track,
        is_own=track.person_id == principal.person_id,
        may={
            name: principal.can(one, agency=track.agency)
            for name, one in (("queue", Permission.QUEUE), ("review", Permission.REVIEW), ("decide", Permission.DECIDE))
        },
        forms=forms,
        acted=sent[0] if sent else "",
        gate=rules.refusal_gate(policy, tried),
        may_refuse=rules.may_refuse(policy, tried),
        tried=tried,
        way=way,
        next_words=NEXT_WORDS[way.next] if way else "",
        next_step=rules.ladder_step(policy, way.next) if way else None,
        owes_case=(way is not None and way.next in ladder.CASES) or track.current is None,
        waits_for=services.waits_for(track) if track.state is TrackState.WORKING else "",
        sessions=queries.sessions_of(track),
        has_ladder=way is not None,
        retry_open=track.until is not None and rules.is_over(track.until, now),
        **words(),
    )


def act(track_id: int, name: str, permission: Permission, form: Any, verb: Callable[..., None], said: str) -> Any:
    """Check the form, do it, and say so; on an error the page comes back with what was typed."""
    principal = current_principal()
    if not form.validate():
        queries.staff_track(principal, track_id, permission)
        return track_page(queries.visible_track(principal, track_id), (name, form)), 422
    try:
        with unit_of_work():
            verb(queries.staff_track(principal, track_id, permission), form)
    except DomainError as error:
        db.session.rollback()
        if error.status in (403, 404):
            raise
        put_error(form, error)
        return track_page(queries.visible_track(principal, track_id), (name, form)), error.status
    flash(said, "success")
    return redirect(url_for(".show", track_id=track_id))


def deed(form: Any) -> Deed:
    return Deed(me(), clock.now(), form.reason.data or "", form.once.data or "")


def with_reason(track_id: int, name: str, permission: Permission, verb: Callable[..., None], said: str) -> Any:
    form = ReasonForm(prefix=name)
    return act(track_id, name, permission, form, lambda track, sent: verb(track, deed(sent)), said)


@bp.post("/<int:track_id>/session")
@requires(Permission.REVIEW)
def session(track_id: int) -> Any:
    def verb(track: PracticeTrack, form: SessionForm) -> None:
        at = datetime.combine(form.day.data, form.time.data, tzinfo=track.agency.zone)
        held = ending.Held(at, form.minutes.data, form.about.data or "")
        ending.hold_session(track, held, Deed(me(), clock.now(), once=form.once.data or ""))

    return act(track_id, "session", Permission.REVIEW, SessionForm(prefix="session"), verb, "The session is on record.")


@bp.post("/<int:track_id>/case")
@requires(Permission.REVIEW)
def next_case(track_id: int) -> Any:
    """The case that is owed: where there was none, or by the ladder."""

    def verb(track: PracticeTrack, form: Once) -> None:
        services.give_next(track, me().id, clock.now(), form.once.data or "")

    return act(track_id, "case", Permission.REVIEW, Once(prefix="case"), verb, "They have the next case.")


@bp.post("/<int:track_id>/refuse")
@requires(Permission.DECIDE)
def refuse(track_id: int) -> Any:
    return with_reason(
        track_id, "refuse", Permission.DECIDE, ending.refuse, "Access is refused; everybody concerned is told."
    )


@bp.post("/<int:track_id>/repeat")
@requires(Permission.DECIDE)
def repeat(track_id: int) -> Any:
    return with_reason(track_id, "repeat", Permission.DECIDE, ending.order_repeat, "The series is to be taken again.")


@bp.post("/<int:track_id>/withdraw")
@requires(Permission.REVIEW)
def withdraw(track_id: int) -> Any:
    return with_reason(track_id, "withdraw", Permission.REVIEW, ending.withdraw, "It is withdrawn.")


@bp.post("/<int:track_id>/again")
@requires(Permission.REVIEW)
def again(track_id: int) -> Any:
    """Another try after a denial, once the wait is over."""

    def verb(track: PracticeTrack, form: Once) -> None:
        ending.try_again(track, Deed(me(), clock.now(), once=form.once.data or ""))

    return act(track_id, "again", Permission.REVIEW, Once(prefix="again"), verb, "Another try has begun.")


# ------------------------------------------------------------------ having somebody practice


@bp.route("/give", methods=["GET", "POST"])
@requires(Permission.REVIEW)
def give() -> Any:
    """A case for somebody, such as when their access grows to another kind of project (MO-TR-9)."""
    principal, now = current_principal(), clock.now()
    q = (request.values.get("q") or "").replace("\0", "").strip()[:80]
    people = queries.people_to_give(principal, q, now) if len(q) > 1 else []
    by_key = {f"{person.id}-{agency.id}": (person, agency) for person, agency in people}
    form = GiveForm().fresh()
    form.person.choices = {key: f"{person.name}, {agency.name}" for key, (person, agency) in by_key.items()}
    if not form.is_submitted():
        return _give_page(form, q, by_key)
    if not form.validate():
        return _give_page(form, q, by_key), 422
    person, agency = by_key[form.person.data]
    giving = Giving(principal.person_id, form.reason.data or "", form.language.data or "", form.once.data or "")
    try:
        with unit_of_work():
            track = services.assign(person, agency, form.hud_type.data, None, at=now, giving=giving)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _give_page(form, q, by_key), error.status
    flash(f"{person.name} practices for {type_words(track.hud_type)}.", "success")
    return redirect(url_for(".show", track_id=track.id))


def _give_page(form: GiveForm, q: str, people: dict[str, Any]) -> str:
    practiced = {
        person: [type_words(one) for one in sorted(services.practised_types(person.id, agency.lead_id))]
        for person, agency in people.values()
    }
    return render_template("training/practice/give.html", form=form, q=q, people=people, practiced=practiced)


# ------------------------------------------------------------------ the trainee's own


@bp.get("/<int:track_id>/sheet")
@signed_in
def sheet(track_id: int) -> Any:
    """The intake sheet of the case, to be printed: the parts that are out or were, never those still to come."""
    principal = current_principal()
    track = queries.visible_track(principal, track_id)
    may_read = track.person_id == principal.person_id or principal.can(Permission.QUEUE, agency=track.agency)
    case = found(track.current if may_read else None)
    parts = case.version.content.parts
    return render_template(
        "training/practice/sheet.html",
        track=track,
        case=case,
        content=case.version.content,
        parts=[parts[segment.position - 1] for segment in case.segments if segment.state is not SegmentState.LATER],
        **words(),
    )


@bp.post("/<int:track_id>/hand-in")
@signed_in
def hand_in(track_id: int) -> Any:
    """The part that is out goes to the trainers, with what an export shows, where one was sent along."""
    principal, form = current_principal(), HandInForm()
    queries.own_track(principal, track_id)
    if not form.validate():
        return track_page(queries.visible_track(principal, track_id), ("hand_in", form)), 422
    try:
        with unit_of_work():
            services.hand_in(queries.own_track(principal, track_id), _handed(principal, track_id, form), clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return track_page(queries.visible_track(principal, track_id), ("hand_in", form)), error.status
    flash("It is with your trainers now. You hear from them by mail.", "success")
    return redirect(url_for(".show", track_id=track_id))


def _handed(principal: Any, track_id: int, form: HandInForm) -> HandedIn:
    track = queries.own_track(principal, track_id)
    segment = track.current.open_segment if track.current else None
    sent = uploads()
    number = form.client_number.data or ""
    return HandedIn(
        client_number=number,
        note=form.note.data or "",
        language=form.language.data or "",
        found=checking.findings(segment, sent, number) if sent and segment else {},
        once=form.once.data or "",
    )


from training.practice import (  # noqa: E402 - they put their routes on what is above
    committee_views,
    figure_views,
    following,
    library_views,
    review_views,
    today,
)

__all__ = ["bp", "committee_views", "figure_views", "following", "library_views", "review_views", "today"]
