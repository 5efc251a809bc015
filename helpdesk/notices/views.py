from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, sheets
from core.accounts.paths import wanted_path
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Invalid
from core.markdown import to_html
from core.paging import page_of
from core.people.models import Lead, Person
from core.ui import times
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.notices import audience, clocks, queries, rules, services, shown
from helpdesk.notices.forms import NoticeForm, Once, ScheduleForm, SendForm, UpdateForm
from helpdesk.notices.models import Notice, NoticeRecipient, ReadBy
from helpdesk.notices.permissions import Permission
from helpdesk.notices.rules import GONE_OUT, Act, Kind, State, UpdateKind

__all__ = ["bp", "clocks", "shown"]

bp = Blueprint("notices", __name__)

register(NavItem(Area.HELPDESK, "Notices", "notices.index", Permission.READ, order=60, group=Group.KNOWLEDGE))

KINDS = {
    Kind.OUTAGE: "Outage",
    Kind.DEGRADED: "Problem",
    Kind.MAINTENANCE: "Planned maintenance",
    Kind.NEWSLETTER: "Newsletter",
}
ABOUT = {
    Kind.OUTAGE: "The HMIS cannot be used.",
    Kind.DEGRADED: "The HMIS works, but something in it is slow or wrong.",
    Kind.MAINTENANCE: "The HMIS will be away, from when until when.",
    Kind.NEWSLETTER: "News for the people you choose.",
}
STATES = {
    State.DRAFT: ("Draft", "off"),
    State.SCHEDULED: ("Scheduled", "wait"),
    State.SENT: ("Sent", "ok"),
    State.RESOLVED: ("Resolved", "ok"),
    State.DISCARDED: ("Discarded", "off"),
}
LISTS = {"all": "Those you write", "received": "Those you received", "agency": "Those of your agency"}


@bp.get("/notices")
@requires(Permission.READ)
def index() -> Any:
    principal, now = current_principal(), clock.now()
    query = queries.notices(principal, request.args, now)
    may = {
        "all": principal.can(Permission.SEND),
        "received": True,
        "agency": principal.can(Permission.SEE_AGENCY),
    }
    return render_template(
        "helpdesk/notices/index.html",
        page=page_of(query, [Notice.created_at, Notice.id], descending=True),
        lists={name: words for name, words in LISTS.items() if may[name]},
        shown=queries.shown(principal, request.args),
        kinds=KINDS,
        states=STATES,
    )


# --- writing


@bp.get("/notices/new")
@requires(Permission.SEND)
def new() -> Any:
    kind, leads = _kind_asked(), audience.leads_of(current_principal())
    lead = _lead_asked(leads)
    if kind is None:
        return render_template("helpdesk/notices/choose.html", kinds=KINDS, about=ABOUT, leads=leads, lead=lead)
    form = NoticeForm(formdata=None)
    _offer(form, kind, lead)
    form.groups.data = [rules.Group.USERS.value]
    if "discovered" in form:
        form.discovered.data = clock.now().astimezone(ZoneInfo(lead.tz)).replace(tzinfo=None, second=0, microsecond=0)
    return _form_page(form, kind, lead)


@bp.post("/notices/new")
@requires(Permission.SEND)
def create() -> Any:
    kind, lead = found(_kind_asked()), _lead_asked(audience.leads_of(current_principal()))
    return _save(kind, lead, None, lambda draft: services.make(lead, draft, current_principal(), clock.now()))


@bp.get("/notices/<int:notice_id>/edit")
@requires(Permission.SEND)
def edit(notice_id: int) -> Any:
    row = queries.own_notice(current_principal(), notice_id)
    if (row.state, Act.EDIT) not in rules.TRANSITIONS:
        flash("It cannot be changed any more. Add an update; the same people get it.", "warning")
        return redirect(url_for(".show", notice_id=row.id))
    form = NoticeForm(formdata=None)
    _offer(form, row.kind, row.lead)
    form.show(row, ZoneInfo(row.lead.tz))
    return _form_page(form, row.kind, row.lead, row)


@bp.post("/notices/<int:notice_id>/edit")
@requires(Permission.SEND)
def change(notice_id: int) -> Any:
    row = queries.own_notice(current_principal(), notice_id)

    def changed(draft: services.Draft) -> Notice:
        held = queries.own_notice(current_principal(), notice_id, lock=True)
        services.change(held, draft, current_principal(), clock.now())
        return held

    return _save(row.kind, row.lead, row, changed)


def _save(kind: Kind, lead: Lead, row: Notice | None, write: Callable[[services.Draft], Notice]) -> Any:
    form = NoticeForm()
    _offer(form, kind, lead)
    if not form.validate():
        return _form_page(form, kind, lead, row), 422
    draft, notes = form.draft(kind, ZoneInfo(lead.tz))
    try:
        with unit_of_work():
            saved = write(draft)
    except DomainError as error:
        form.refuse(error)
        return _form_page(form, kind, lead, row), error.status
    for note in notes:
        flash(note, "warning")
    flash("Saved. Look who gets it, then send it.", "success")
    return redirect(url_for(".show", notice_id=saved.id))


def _kind_asked() -> Kind | None:
    asked = request.args.get("kind", "")
    return Kind(asked) if asked in set(Kind) else None


def _lead_asked(leads: list[Lead]) -> Lead:
    asked = request.args.get("lead", "")
    lead: Lead = found(next((lead for lead in leads if not asked or str(lead.id) == asked), None))
    return lead


def _offer(form: NoticeForm, kind: Kind, lead: Lead) -> None:
    principal = current_principal()
    cocs = audience.cocs_to_choose(principal, lead.id)
    form.offer(
        kind,
        cocs,
        audience.agencies_to_choose(principal, lead.id),
        audience.project_types_of(lead.id),
        audience.levels_of(cocs, clock.now()),
    )


def _form_page(form: NoticeForm, kind: Kind, lead: Lead, row: Notice | None = None) -> str:
    return render_template("helpdesk/notices/edit.html", form=form, kind=kind, word=KINDS[kind], lead=lead, row=row)


# --- one notice


@bp.get("/notices/<int:notice_id>")
@requires(Permission.READ)
def show(notice_id: int) -> Any:
    row = queries.visible_notice(current_principal(), notice_id, clock.now())
    return _show(row, {})


def _show(row: Notice, forms: dict[str, Once]) -> str:
    """The page; `forms` are those that were just refused, with what was typed in them."""
    principal, now = current_principal(), clock.now()
    is_writer = queries.is_writer(principal, row)
    went_out = row.state in GONE_OUT
    empty = {"send": SendForm, "schedule": ScheduleForm, "update": UpdateForm, "resolve": UpdateForm}
    blank = {name: form(formdata=None, prefix=f"{name}-") for name, form in empty.items()}
    return render_template(
        "helpdesk/notices/show.html",
        row=row,
        html=to_html(row.text),
        updates=[(update, to_html(update.text)) for update in row.updates if update.kind is not UpdateKind.FIRST],
        zone=row.lead.tz,
        kinds=KINDS,
        states=STATES,
        is_writer=is_writer,
        sees_agency=not is_writer and principal.can(Permission.SEE_AGENCY),
        may={act.name.lower(): is_writer and (row.state, act) in rules.TRANSITIONS for act in Act},
        mine=queries.recipient_of(row, principal.person_id),
        tellings=shown.tellings(row, now),
        delay=rules.say_delay(row.discovered_at, row.sent_at) if row.discovered_at and row.sent_at else "",
        whom=shown.audience_words(row) if is_writer else [],
        preview=_preview(row, now) if is_writer and not went_out else None,
        have_read=queries.have_read(row) if is_writer and went_out and row.asks_reading else None,
        is_failure=row.kind in rules.FAILURES,
        is_service=row.kind in rules.SERVICE,
        forms=blank | forms,
    )


def _preview(row: Notice, now: datetime) -> dict[str, Any]:
    """How many people it would go to now, and the first of them."""
    first = page_of(audience.named(row.lead_id, row.chosen, now), [Person.name, Person.id], size=10)
    return {
        "count": audience.count(row.lead_id, row.chosen, now),
        "people": first.rows,
        "agencies": _agencies([person.id for person in first.rows], row, now),
    }


def _agencies(person_ids: list[int], row: Notice, now: datetime) -> dict[int, str]:
    principal = current_principal()
    whole = queries.is_writer(principal, row)
    return queries.agencies_by_person(person_ids, row.lead_id, principal, now, whole=whole)


@bp.get("/notices/<int:notice_id>/audience")
@requires(Permission.SEND)
def preview(notice_id: int) -> Any:
    """Everybody it would go to, by name, page by page."""
    row, now = queries.own_notice(current_principal(), notice_id), clock.now()
    page = page_of(audience.named(row.lead_id, row.chosen, now), [Person.name, Person.id])
    return render_template(
        "helpdesk/notices/audience.html",
        row=row,
        page=page,
        agencies=_agencies([person.id for person in page.rows], row, now),
    )


@bp.post("/notices/<int:notice_id>/send")
@requires(Permission.SEND)
def send(notice_id: int) -> Any:
    form = SendForm(prefix="send-")

    def act(row: Notice) -> str:
        services.send(row, current_principal(), form.once.data, clock.now())
        return f"Sent to {row.recipients:,} {'person' if row.recipients == 1 else 'people'}."

    return _do(notice_id, "send", form, act)


@bp.post("/notices/<int:notice_id>/schedule")
@requires(Permission.SEND)
def schedule(notice_id: int) -> Any:
    form = ScheduleForm(prefix="schedule-")

    def act(row: Notice) -> str:
        taken = rules.moment(form.at.data.date(), form.at.data.time(), ZoneInfo(row.lead.tz))
        services.schedule(row, taken.at, clock.now())
        return f"{taken.note} It will be sent on {times.say_when(taken.at)}.".strip()

    return _do(notice_id, "schedule", form, act)


@bp.post("/notices/<int:notice_id>/unschedule")
@requires(Permission.SEND)
def unschedule(notice_id: int) -> Any:
    def act(row: Notice) -> str:
        services.unschedule(row, clock.now())
        return "Taken off the schedule. It is a draft again."

    return _do(notice_id, "unschedule", None, act)


@bp.post("/notices/<int:notice_id>/discard")
@requires(Permission.SEND)
def discard(notice_id: int) -> Any:
    def act(row: Notice) -> str:
        services.discard(row)
        return "Discarded."

    return _do(notice_id, "discard", None, act)


@bp.post("/notices/<int:notice_id>/update")
@requires(Permission.SEND)
def update(notice_id: int) -> Any:
    return _add(notice_id, "update", UpdateKind.UPDATE, "The same people are told.")


@bp.post("/notices/<int:notice_id>/resolve")
@requires(Permission.SEND)
def resolve(notice_id: int) -> Any:
    return _add(notice_id, "resolve", UpdateKind.RESOLVED, "Resolved. The same people are told.")


def _add(notice_id: int, name: str, kind: UpdateKind, said: str) -> Any:
    form = UpdateForm(prefix=f"{name}-")

    def act(row: Notice) -> str:
        services.add_update(row, kind, form.text.data, current_principal(), form.once.data, clock.now())
        return said

    return _do(notice_id, name, form, act)


def _do(notice_id: int, name: str, form: Once | None, act: Callable[[Notice], str]) -> Any:
    """A deed on a notice that is held meanwhile; what is refused comes back with what was typed."""
    principal = current_principal()
    row = queries.own_notice(principal, notice_id)
    if form is not None and not form.validate():
        return _show(row, {name: form}), 422
    try:
        with unit_of_work():
            said = act(queries.own_notice(principal, notice_id, lock=True))
    except DomainError as error:
        if form is None:
            raise
        db.session.rollback()
        form.refuse(error)
        return _show(queries.own_notice(principal, notice_id), {name: form}), error.status
    flash(said, "success")
    return redirect(url_for(".show", notice_id=notice_id))


# --- reading


@bp.post("/notices/<int:notice_id>/acknowledge")
@requires(Permission.READ)
def acknowledge(notice_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    with unit_of_work():
        row = queries.visible_notice(principal, notice_id, now)
        services.acknowledge(row, principal.person_id, ReadBy.PAGE, now)
    flash("Thank you. It is noted that you have read it.", "success")
    return redirect(url_for(".show", notice_id=notice_id))


@bp.post("/notices/<int:notice_id>/dismiss")
@requires(Permission.READ)
def dismiss(notice_id: int) -> Any:
    principal, now = current_principal(), clock.now()
    with unit_of_work():
        services.dismiss(queries.visible_notice(principal, notice_id, now), principal.person_id, now)
    return redirect(wanted_path())


EXPORTED = ("Name", "Email", "Agency", "Read at", "Said by")
RECIPIENTS = {"all": "All", "missing": "Have not read it", "done": "Have read it"}


@bp.get("/notices/<int:notice_id>/recipients")
@requires(Permission.SEND, Permission.SEE_AGENCY)
def recipients(notice_id: int) -> Any:
    """Who has read it and who has not: all of them, or those of one's own agency."""
    principal, now = current_principal(), clock.now()
    row = _listed(notice_id)
    shown_now = request.args.get("shown", "")
    shown_now = shown_now if shown_now in RECIPIENTS else "missing" if row.asks_reading else "all"
    query = queries.recipients(row, principal, shown_now, now)
    page = page_of(query, [NoticeRecipient.name, NoticeRecipient.id])
    return render_template(
        "helpdesk/notices/recipients.html",
        row=row,
        page=page,
        shown=shown_now,
        lists=RECIPIENTS if row.asks_reading else {"all": RECIPIENTS["all"]},
        agencies=_agencies([one.person_id for one in page.rows], row, now),
        is_writer=queries.is_writer(principal, row),
    )


@bp.get("/notices/<int:notice_id>/recipients.csv")
@requires(Permission.SEND, Permission.SEE_AGENCY)
def export(notice_id: int) -> Any:
    row, principal, now = _listed(notice_id), current_principal(), clock.now()
    which = request.args.get("shown", "all")
    rows = queries.exported(row, principal, which, now)
    name = f"notice-{row.id}-{which if which in RECIPIENTS else 'all'}"
    return sheets.download(name, "csv", EXPORTED, rows, ZoneInfo(row.lead.tz))


def _listed(notice_id: int) -> Notice:
    """One whose recipients this person may list; there are none before it is sent."""
    principal, now = current_principal(), clock.now()
    row = queries.visible_notice(principal, notice_id, now)
    if not queries.is_writer(principal, row):
        found(principal.can(Permission.SEE_AGENCY) or None)
    if row.state not in GONE_OUT:
        raise Invalid("It has not been sent, so nobody has got it yet.", "Look at its audience.")
    return row
