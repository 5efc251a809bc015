"""One's own training, who is on the way, and the series themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock
from core.authz import Principal, current_principal, requires, signed_in
from core.db import db, unit_of_work
from core.deadlines import deadlines_of
from core.errors import DomainError
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from training.mine import pieces
from training.series import queries, rules, services, windows
from training.series.forms import EnrollForm, HandForm, ReasonForm
from training.series.models import Enrollment
from training.series.permissions import Permission
from training.series.rules import EnrollmentState

bp = Blueprint("series", __name__)

register(NavItem(Area.TRAINING, "My training", "series.mine", order=10))
register(NavItem(Area.TRAINING, "On the way", "series.enrollments", Permission.SEE, order=20))


@bp.get("/training")
@signed_in
def mine() -> Any:
    principal = current_principal()
    return render_template("training/series/mine.html", pieces=pieces(principal, clock.now()))


@bp.post("/training/enrollments/<int:enrollment_id>/start")
@signed_in
def start(enrollment_id: int) -> Any:
    """Only the person themselves begins: their days count from here."""
    with unit_of_work():
        row = queries.own_enrollment(current_principal(), enrollment_id)
        services.start(row, clock.now())
    flash("You have begun. Each step says what to do.", "success")
    return redirect(url_for(".mine"))


@bp.get("/training/enrollments")
@requires(Permission.SEE)
def enrollments() -> Any:
    principal = current_principal()
    asked = {name: request.args.get(name, "").replace("\0", "")[:80] for name in ("state", "trainer", "q")}
    query = queries.enrollments(principal, state=asked["state"], trainer=asked["trainer"], text=asked["q"])
    return render_template(
        "training/series/enrollments.html",
        page=page_of(query, [Enrollment.id], descending=True),
        asked=asked,
        states=queries.STATES,
        may_guide=principal.can(Permission.GUIDE),
    )


@bp.get("/training/enrollments/<int:enrollment_id>")
@signed_in
def enrollment(enrollment_id: int) -> Any:
    return _enrollment_page(queries.visible_enrollment(current_principal(), enrollment_id))


def _enrollment_page(row: Enrollment, form: ReasonForm | None = None, act: str = "") -> str:
    principal = current_principal()
    may = {
        name: principal.can(one, agency=row.agency)
        for name, one in (("guide", Permission.GUIDE), ("waive", Permission.WAIVE))
    }
    hand = HandForm(trainer=row.trainer_id or 0)
    if may["guide"]:
        people = queries.trainers(row, clock.now())
        hand.trainer.choices = {"0": "Nobody", **{str(person.id): person.name for person in people}}
    return render_template(
        "training/series/enrollment.html",
        row=row,
        open_positions=rules.open_positions(services.steps_of(row)),
        clocks=deadlines_of(row, *windows.CLOCKS),
        states=queries.STATES,
        may=may,
        own=row.person_id == principal.person_id,
        no_waiver=rules.may_waive(services.policy_of(row), is_returning=row.is_returning),
        hand=hand,
        form=form or ReasonForm().fresh(),
        act=act,
        over=row.state not in (EnrollmentState.ASSIGNED, EnrollmentState.RUNNING),
    )


def _with_reason(
    enrollment_id: int, act: str, permission: Permission, verb: Callable[[Enrollment, str], None], said: str
) -> Any:
    """Run one change that needs a reason; on an error the page comes back with what was typed."""
    principal = current_principal()
    row = queries.visible_enrollment(principal, enrollment_id)
    queries.must_hold(principal, permission, row)
    form = ReasonForm()
    if not form.validate():
        return _enrollment_page(row, form, act), 422
    try:
        with unit_of_work():
            verb(queries.visible_enrollment(principal, enrollment_id, lock=True), form.reason.data or "")
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _enrollment_page(queries.visible_enrollment(principal, enrollment_id), form, act), error.status
    flash(said, "success")
    return redirect(url_for(".enrollment", enrollment_id=enrollment_id))


@bp.post("/training/enrollments/<int:enrollment_id>/waive")
@requires(Permission.WAIVE)
def waive(enrollment_id: int) -> Any:
    by = current_principal()
    return _with_reason(
        enrollment_id, "waive", Permission.WAIVE,
        lambda row, reason: services.waive(row, by, reason, clock.now()), "It is waived; everybody concerned is told.",
    )  # fmt: skip


@bp.post("/training/enrollments/<int:enrollment_id>/withdraw")
@requires(Permission.GUIDE)
def withdraw(enrollment_id: int) -> Any:
    by = current_principal()
    return _with_reason(
        enrollment_id, "withdraw", Permission.GUIDE,
        lambda row, reason: services.withdraw(row, by, reason, clock.now()), "It is withdrawn.",
    )  # fmt: skip


@bp.post("/training/enrollments/<int:enrollment_id>/trainer")
@requires(Permission.GUIDE)
def hand(enrollment_id: int) -> Any:
    principal = current_principal()
    row = queries.visible_enrollment(principal, enrollment_id)
    queries.must_hold(principal, Permission.GUIDE, row)
    people = {person.id: person for person in queries.trainers(row, clock.now())}
    form = HandForm()
    form.trainer.choices = {"0": "Nobody", **{str(number): person.name for number, person in people.items()}}
    if not form.validate():
        flash("Choose somebody of the list.", "error")
        return redirect(url_for(".enrollment", enrollment_id=enrollment_id))
    with unit_of_work():
        services.hand_to(queries.visible_enrollment(principal, enrollment_id, lock=True), people.get(form.trainer.data))
    flash("Handed over.", "success")
    return redirect(url_for(".enrollment", enrollment_id=enrollment_id))


@bp.route("/training/enrollments/new", methods=["GET", "POST"])
@requires(Permission.GUIDE)
def enroll() -> Any:
    """The Lead has somebody take a series, for a reason (VT-TR-10)."""
    principal = current_principal()
    q = (request.values.get("q") or "").replace("\0", "").strip()[:80]
    form = EnrollForm().fresh()
    found = queries.people_to_enroll(principal, q, clock.now()) if len(q) > 1 else []
    form.person.choices = {f"{person.id}-{agency.id}": f"{person.name}, {agency.name}" for person, agency in found}
    offered = queries.offered(principal)
    form.series.choices = {str(row.id): row.title for row in offered}
    if not form.is_submitted():
        return _enroll_page(form, q)
    if not form.validate():
        return _enroll_page(form, q), 422
    return _enroll(principal, form, q)


def _enroll(principal: Principal, form: EnrollForm, q: str) -> Any:
    pairs = {
        f"{person.id}-{agency.id}": (person, agency)
        for person, agency in queries.people_to_enroll(principal, q, clock.now())
    }
    person, agency = pairs[form.person.data]
    series = next(row for row in queries.offered(principal) if row.id == form.series.data)
    try:
        with unit_of_work():
            row = services.order_again(series, person, agency, form.reason.data or "", clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _enroll_page(form, q), error.status
    flash(f"{person.name} is told to take it.", "success")
    return redirect(url_for(".enrollment", enrollment_id=row.id))


def _enroll_page(form: EnrollForm, q: str) -> str:
    return render_template("training/series/enroll.html", form=form, q=q)


from training.series import keeping_views, late, today  # noqa: E402, F401 - they put their routes and items on what is above
