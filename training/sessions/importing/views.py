from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload
from wtforms import SelectField
from wtforms.validators import InputRequired

from core import clock
from core.authz import Principal, current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.files import send
from core.people.models import Person
from core.search import named
from core.typed import put_error
from training.sessions import queries, shown
from training.sessions.attendance.forms import number
from training.sessions.blueprint import bp
from training.sessions.forms import Keyed
from training.sessions.importing import services
from training.sessions.importing.services import Brought
from training.sessions.importing.states import MATCHED, Found, ImportState
from training.sessions.models import AttendanceImport, ImportedPerson, TrainingSession
from training.sessions.permissions import Permission
from training.sessions.reports.report import NAMES, Product
from training.sessions.reports.times import Order

ORDERS = {"": "Only if you have to be asked", Order.MONTH_FIRST: "Month first", Order.DAY_FIRST: "Day first"}
FOUND = {
    Found.CONFIRMED: ("Confirmed earlier", "ok"),
    Found.EMAIL: ("By e-mail", "ok"),
    Found.NAME: ("By exact name", "ok"),
    Found.CHOSEN: ("Chosen", "ok"),
    Found.NOT_OURS: ("None of ours", "off"),
    Found.AMBIGUOUS: ("Several people", "warn"),
    Found.UNMATCHED: ("Nobody known", "warn"),
}
STATES = {
    ImportState.PREVIEW: ("Preview: nothing saved yet", "wait"),
    ImportState.COMMITTED: ("Committed", "ok"),
    ImportState.REPLACED: ("Replaced by a later one", "off"),
    ImportState.DISCARDED: ("Discarded", "off"),
}
LOOKED_FOR = 20


class ImportForm(Keyed):
    file = FileField("Report", [FileRequired("Choose the file.")])
    tz = SelectField("Time zone of its times", [InputRequired("Reports do not say their zone: choose it.")])
    product = SelectField("From", default="", choices={"": "Find out", **{p.value: name for p, name in NAMES.items()}})

    def offer(self, session: TrainingSession) -> None:
        zones = {session.tz: session.tz.replace("_", " "), **shown.zones(session.lead), "UTC": "UTC"}
        self.tz.choices = {"": "Choose", **zones}


class AnswerForm(Keyed):
    tz = SelectField("Time zone of its times")
    order = SelectField("Its dates have", default="", choices={str(value): words for value, words in ORDERS.items()})

    def offer(self, session: TrainingSession) -> None:
        zones = {session.tz: session.tz.replace("_", " "), **shown.zones(session.lead), "UTC": "UTC"}
        self.tz.choices = zones


def _visible(principal: Principal, import_id: int, *, lock: bool = False) -> AttendanceImport:
    """One of a session that is this person's to keep. Raises NotFound, or Forbidden where they only see the session."""
    query = select(AttendanceImport).where(AttendanceImport.id == import_id).options(
        joinedload(AttendanceImport.session), joinedload(AttendanceImport.file), joinedload(AttendanceImport.by),
        selectinload(AttendanceImport.people).joinedload(ImportedPerson.person),
    )  # fmt: skip
    row: AttendanceImport = found(db.session.scalar(query))
    queries.kept_session(principal, row.session_id, lock=lock)
    if lock:
        held = query.with_for_update(of=AttendanceImport).execution_options(populate_existing=True)
        row = found(db.session.scalar(held))
    return row


@bp.get("/sessions/<int:session_id>/imports/new")
@requires(Permission.KEEP)
def new_import(session_id: int) -> Any:
    row, form = queries.kept_session(current_principal(), session_id), ImportForm(formdata=None)
    form.offer(row)
    return _new_page(row, form)


def _new_page(row: TrainingSession, form: ImportForm) -> str:
    return render_template("training/sessions/import_new.html", row=row, form=form.fresh())


@bp.post("/sessions/<int:session_id>/imports/new")
@requires(Permission.KEEP)
def bring(session_id: int) -> Any:
    principal = current_principal()
    row, form = queries.kept_session(principal, session_id), ImportForm()
    form.offer(row)
    if not form.validate():
        return _new_page(row, form), 422
    given = form.file.data
    product = Product(form.product.data) if form.product.data else None
    brought = Brought(given.read(), given.filename or "report.csv", form.tz.data, product)
    try:
        with unit_of_work():
            held = queries.kept_session(principal, session_id, lock=True)
            made = services.bring(held, brought, principal, form.key(), clock.now())
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _new_page(queries.kept_session(principal, session_id), form), error.status
    return redirect(url_for(".show_import", import_id=made.id))


@bp.get("/sessions/imports/<int:import_id>")
@requires(Permission.KEEP)
def show_import(import_id: int) -> Any:
    return _page(_visible(current_principal(), import_id), AnswerForm(formdata=None))


def _page(row: AttendanceImport, form: AnswerForm, refused: DomainError | None = None) -> str:
    form.offer(row.session)
    form.tz.data, form.order.data = row.tz, row.day_order
    candidates = queries.of_ids(candidate for one in row.people for candidate in one.candidates)
    return render_template(
        "training/sessions/import.html",
        row=row,
        form=form.fresh(),
        counts=services.counts(row),
        people=sorted(row.people, key=lambda one: (one.found in MATCHED, one.name.casefold())),
        candidates=candidates,
        looked=_looked(row),
        found=FOUND,
        states=STATES,
        products=NAMES,
        is_preview=row.state is ImportState.PREVIEW,
        refused=refused,
    )


def _looked(row: AttendanceImport) -> list[Person]:
    """People of the Lead whose name has the words looked for, to choose one whom the report names otherwise."""
    words = request.args.get("q", "").replace("\0", "")[:100]
    if not words.strip():
        return []
    query = select(Person).where(named(Person.name, words), Person.id.in_(services.ours(row.session)))
    return list(db.session.scalars(query.order_by(Person.name, Person.id).limit(LOOKED_FOR)))


@bp.get("/sessions/imports/<int:import_id>/file")
@requires(Permission.KEEP)
def import_file(import_id: int) -> Any:
    """The report as it came."""
    return send(_visible(current_principal(), import_id).file)


Deed = Callable[[AttendanceImport, Principal], str]


def _do(import_id: int, deed: Deed) -> Any:
    """What is refused stands on the page, and nothing is saved."""
    principal = current_principal()
    try:
        with unit_of_work():
            said = deed(_visible(principal, import_id, lock=True), principal)
    except DomainError as error:
        if error.status not in (409, 422):
            raise
        db.session.rollback()
        return _page(_visible(principal, import_id), AnswerForm(formdata=None), error), error.status
    if said:
        flash(said, "success")
    return redirect(url_for(".show_import", import_id=import_id))


@bp.post("/sessions/imports/<int:import_id>/answer")
@requires(Permission.KEEP)
def answer_import(import_id: int) -> Any:
    row, form = _visible(current_principal(), import_id), AnswerForm()
    form.offer(row.session)
    if not form.validate():
        return _page(row, form), 422
    order = Order(form.order.data) if form.order.data else None
    tz = form.tz.data

    def deed(held: AttendanceImport, _: Principal) -> str:
        services.answer(held, tz, order)
        return "Read again."

    return _do(import_id, deed)


@bp.post("/sessions/imports/<int:import_id>/people/<int:imported_id>")
@requires(Permission.KEEP)
def choose(import_id: int, imported_id: int) -> Any:
    """`person` is somebody's number, or 0 for none of ours."""
    typed = request.form.get("person", "")
    wanted = number(typed)

    def deed(held: AttendanceImport, by: Principal) -> str:
        one: ImportedPerson = found(next((person for person in held.people if person.id == imported_id), None))
        person = found(db.session.get(Person, wanted)) if wanted else found(None) if typed != "0" else None
        services.choose(one, person, by)
        return f"{one.name}: {person.name if person else 'none of ours'}."

    return _do(import_id, deed)


@bp.post("/sessions/imports/<int:import_id>/commit")
@requires(Permission.KEEP)
def commit_import(import_id: int) -> Any:
    def deed(held: AttendanceImport, by: Principal) -> str:
        count = services.accept(held, by, clock.now())
        return f"Committed: {count} {'person was' if count == 1 else 'people were'} there."

    return _do(import_id, deed)


@bp.post("/sessions/imports/<int:import_id>/discard")
@requires(Permission.KEEP)
def discard_import(import_id: int) -> Any:
    def deed(held: AttendanceImport, _: Principal) -> str:
        services.discard(held)
        return "Discarded; nothing was saved."

    return _do(import_id, deed)
