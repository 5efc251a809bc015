"""What the data committee decides about access (MO-TR-7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import DomainError, Invalid
from core.paging import page_of
from core.policy.vocabulary import LadderName
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from training.practice import ending, queries, tracks
from training.practice.forms import DecideForm
from training.practice.models import PracticeTrack
from training.practice.permissions import Permission
from training.practice.views import bp, deed, words

register(NavItem(Area.TRAINING, "Access to decide", "practice_cases.committee", Permission.SIT, order=60))


@bp.get("/committee")
@requires(Permission.SIT)
def committee() -> Any:
    query = queries.before_committee(current_principal())
    return render_template(
        "training/practice/committee.html",
        page=page_of(query, [PracticeTrack.id], descending=True),
        now=clock.now(),
        **words(),
    )


@bp.get("/committee/<int:track_id>")
@requires(Permission.SIT)
def decision(track_id: int) -> Any:
    return _page(queries.committee_track(current_principal(), track_id))


def _page(track: PracticeTrack, form: DecideForm | None = None, acted: str = "") -> str:
    now = clock.now()
    forms = {name: DecideForm(formdata=None, prefix=name) for name in ("deny", "provisional", "keep")}
    forms |= {acted: form} if form else {}
    for one in forms.values():
        _offer(one.fresh(), track)
    way = tracks.way_of(track)
    return render_template(
        "training/practice/decision.html",
        track=track,
        forms=forms,
        acted=acted,
        way=way,
        ladder=_told(track),
        clocks=deadlines_of(track),
        sessions=queries.sessions_of(track),
        tried=tracks.tried(track),
        due_again=ending.is_due_again(track, now),
        **words(),
    )


def _told(track: PracticeTrack) -> Any:
    """The pack's own words for the steps."""
    policy = tracks.policy_of(track)
    return policy.ladder(LadderName.PRACTICE_FAILURE) if policy.has(LadderName.PRACTICE_FAILURE) else None


def _offer(form: DecideForm, track: PracticeTrack) -> None:
    people = ending.colleagues(track, clock.now())
    form.mentor.choices = {"0": "Nobody", **{str(person.id): person.name for person in people}}


def _decide(track_id: int, name: str, verb: Callable[[PracticeTrack, DecideForm], None], said: str) -> Any:
    principal = current_principal()
    track = queries.committee_track(principal, track_id)
    form = DecideForm(prefix=name)
    _offer(form, track)
    if not form.validate():
        return _page(track, form, name), 422
    try:
        with unit_of_work():
            verb(queries.committee_track(principal, track_id, lock=True), form)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _page(queries.committee_track(principal, track_id), form, name), error.status
    flash(said, "success")
    return redirect(url_for(".decision", track_id=track_id))


@bp.post("/committee/<int:track_id>/deny")
@requires(Permission.SIT)
def deny(track_id: int) -> Any:
    return _decide(track_id, "deny", lambda track, form: ending.deny(track, deed(form)), "Access is denied.")


@bp.post("/committee/<int:track_id>/provisional")
@requires(Permission.SIT)
def provisional(track_id: int) -> Any:
    def verb(track: PracticeTrack, form: DecideForm) -> None:
        mentor = next((one for one in ending.colleagues(track, clock.now()) if one.id == form.mentor.data), None)
        if mentor is None:
            raise Invalid("Name the peer mentor at the agency.", field="mentor", rule="MO-TR-7")
        if not form.commits.data:
            raise Invalid("The agency has to commit to the mentoring.", field="commits", rule="MO-TR-7")
        ending.give_provisional(track, mentor, deed(form))

    return _decide(track_id, "provisional", verb, "Provisional access is given; everybody concerned is told.")


@bp.post("/committee/<int:track_id>/keep")
@requires(Permission.SIT)
def keep(track_id: int) -> Any:
    return _decide(track_id, "keep", lambda track, form: ending.keep(track, deed(form)), "Access stays.")
