"""Coming to a session: for oneself, for one's people, and what the staff decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for

from core import clock
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.people.models import Person
from core.typed import put_error, text
from training.sessions import queries, registering
from training.sessions.blueprint import bp
from training.sessions.forms import RegisterForm
from training.sessions.models import SessionRegistration, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.rules import Registered
from training.sessions.views import show_page

SAID = {
    Registered.REGISTERED: "You are registered. The calendar entry is on its way.",
    Registered.WAITING: "All places are taken. You are on the waiting list.",
    Registered.ASKED: "You have asked to come. You get a mail when it is decided.",
}


@bp.post("/sessions/<int:session_id>/register")
@requires(Permission.ATTEND)
def register_oneself(session_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    with unit_of_work():
        session = queries.visible_session(principal, session_id, lock=True)
        person = db.session.get_one(Person, principal.person_id)
        agency = queries.agency_for(session, person.id, now)
        row = registering.register(session, person, agency, principal, now)
        said = SAID[row.state]
    flash(said, "success")
    return redirect(url_for(".show", session_id=session_id))


@bp.post("/sessions/<int:session_id>/withdraw")
@requires(Permission.ATTEND)
def withdraw_oneself(session_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        session = queries.visible_session(principal, session_id, lock=True)
        row = queries.own_registration(session, principal.person_id)
        if row is not None and row.state is not Registered.WITHDRAWN:
            registering.withdraw(row, principal, clock.now())
    flash("You are not registered any more.", "success")
    return redirect(url_for(".show", session_id=session_id))


@bp.post("/sessions/<int:session_id>/people")
@requires(Permission.REGISTER)
def register_people(session_id: int) -> Any:
    """The staff's own registering is their approval."""
    principal, now = current_principal(), clock.now()
    session = queries.visible_session(principal, session_id)
    form = RegisterForm(prefix="others-")
    form.offer(queries.people_to_register(principal, session, now))
    if not form.validate() or not form.people.data:
        form.people.errors = list(form.people.errors) or ["Choose one person or several of the list."]
        return show_page(session, {"others": form}), 422
    try:
        with unit_of_work():
            rows = _register(session_id, form.people.data, principal)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return show_page(queries.visible_session(principal, session_id), {"others": form}), error.status
    counts = [(words, sum(row.state is state for row in rows)) for state, words in COUNTED.items()]
    flash(", ".join(f"{count} {words}" for words, count in counts if count) + ". Each gets a mail.", "success")
    return redirect(url_for(".show", session_id=session_id))


COUNTED = {
    Registered.REGISTERED: "registered",
    Registered.WAITING: "on the waiting list",
    Registered.ASKED: "waiting for approval",
}


def _register(session_id: int, numbers: list[int], by: Principal) -> list[SessionRegistration]:
    now = clock.now()
    session = queries.visible_session(by, session_id, lock=True)
    is_approved = queries.keeps(by, session)
    people = queries.of_ids(numbers)
    return [
        registering.register(
            session, people[number], queries.agency_for(session, number, now), by, now, is_approved=is_approved
        )
        for number in numbers
    ]


Deed = Callable[[SessionRegistration, Principal], None]


def _do(session_id: int, registration_id: int, deed: Deed, said: str, *, keeps: bool = True) -> Any:
    principal = current_principal()
    with unit_of_work():
        find = queries.kept_session if keeps else queries.visible_session
        session: TrainingSession = find(principal, session_id, lock=True)
        deed(queries.visible_registration(principal, session, registration_id), principal)
    flash(said, "success")
    return redirect(url_for(".show", session_id=session_id))


@bp.post("/sessions/<int:session_id>/registrations/<int:registration_id>/approve")
@requires(Permission.KEEP)
def approve(session_id: int, registration_id: int) -> Any:
    def deed(row: SessionRegistration, by: Principal) -> None:
        registering.approve(row, by, clock.now())

    return _do(session_id, registration_id, deed, "Approved.")


@bp.post("/sessions/<int:session_id>/registrations/<int:registration_id>/decline")
@requires(Permission.KEEP)
def decline(session_id: int, registration_id: int) -> Any:
    reason = text(request.form.get("reason"))[:2_000]

    def deed(row: SessionRegistration, by: Principal) -> None:
        registering.decline(row, by, reason, clock.now())

    return _do(session_id, registration_id, deed, "Declined, and told so.")


@bp.post("/sessions/<int:session_id>/registrations/<int:registration_id>/withdraw")
@requires(Permission.REGISTER)
def withdraw(session_id: int, registration_id: int) -> Any:
    """An agency withdraws its own people."""

    def deed(row: SessionRegistration, by: Principal) -> None:
        registering.withdraw(row, by, clock.now())

    return _do(session_id, registration_id, deed, "Withdrawn.", keeps=False)
