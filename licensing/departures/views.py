from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from core import clock, once, typed
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden
from core.paging import page_of
from core.people.models import Agency
from core.people.services import agencies_of
from core.ui.nav import Area, NavItem, register
from licensing.access.services import license_held
from licensing.departures import clocks, history, queries, rules, services
from licensing.departures.forms import DepartureForm, OffForm
from licensing.departures.models import REASONS, Channel, DepartureNotice, Reason
from licensing.departures.permissions import Permission
from licensing.departures.rules import DepartureState
from licensing.departures.services import Told
from licensing.departures.source import MailedNotice, mailed_notice

__all__ = ["bp", "clocks", "history"]

bp = Blueprint("departures", __name__, url_prefix="/departures")

register(NavItem(Area.LICENSING, "Departures", "departures.index", Permission.VIEW, order=20))


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    query = queries.departures(current_principal(), request.args)
    page = page_of(query, [DepartureNotice.leaves_at, DepartureNotice.id], descending=True)
    return render_template(
        "licensing/departures/index.html",
        page=page,
        states=[(state.value, state.value.capitalize()) for state in DepartureState],
        shown=request.args.get("shown", ""),
    )


@bp.get("/new")
@requires(Permission.RECORD)
def new() -> Any:
    mail = _mail(request.args.get("ticket", ""))
    agency = _agency(mail)
    if agency is None:
        return _choose_agency()
    form = _form(agency)
    form.ticket.data = request.args.get("ticket", "") if mail else ""
    form.person.data = request.args.get("person", "")
    form.reason.data = form.reason.data or Reason.LEFT.value
    return _form_page(agency, form, mail=mail)


@bp.post("/new")
@requires(Permission.RECORD)
def create() -> Any:
    mail = _mail(request.form.get("ticket", ""))
    agency = found(_agency(mail))
    form = _form(agency)
    if not form.validate():
        return _form_page(agency, form, mail=mail), 422
    try:
        if "preview" in request.form:
            return _form_page(agency, form, _outlook(agency, form, mail), mail=mail)
        told, now = _told(agency, form, mail), clock.now()
        if services.ends_at_once(agency, told, now) and not _is_confirmed(agency, form, now):
            return _confirm_page(agency, form, now)
        with unit_of_work():
            row = services.note_departure(agency, told, current_principal(), now)
    except DomainError as error:
        db.session.rollback()
        if isinstance(error, once.KeyUsed):
            once.renew_key(form)
        typed.put_error(form, error)
        return _form_page(agency, form, mail=mail), error.status
    flash("Noted. Access has ended." if row.effective_at else "Noted. You can undo it until access ends.", "success")
    return redirect(url_for(".show", departure_id=row.id))


def _is_confirmed(agency: Agency, form: DepartureForm, now: datetime) -> bool:
    person = services.membership_to_end(form.person_id, agency, now).person
    return rules.is_confirmed(person.name, form.typed_name.data or "")


def _confirm_page(agency: Agency, form: DepartureForm, now: datetime) -> Any:
    """Names who and what is about to end. It asks anew when something else than the name was typed."""
    person = services.membership_to_end(form.person_id, agency, now).person
    word = rules.confirming_word(person.name)
    if form.typed_name.data:
        typed.put_on(form, "typed_name", f"This is not the name. Type {word} as it is written above.")
    page = render_template(
        "licensing/departures/at_once.html",
        agency=agency,
        form=form,
        person=person,
        word=word,
        held=license_held(person.id, agency.id),
        is_me=person.id == current_principal().person_id,
        reason=REASONS[Reason(form.reason.data)],
    )
    return page, 422 if form.errors else 200


@bp.post("/preview")
@requires(Permission.RECORD)
def preview() -> Any:
    """The sentence that changes as one types; silent while the answers do not make one."""
    mail = _mail(request.form.get("ticket", ""))
    agency = found(_agency(mail))
    form = _form(agency)
    told, refused = None, ""
    if form.person_id and form.left_on.data and form.left_at.data:
        try:
            told = _outlook(agency, form, mail)
        except DomainError as error:
            refused = f"{error.message} {error.advice}".rstrip()
    return render_template("licensing/departures/_outlook.html", outlook=told, refused=refused)


def _mail(ticket: str) -> MailedNotice | None:
    """The mail that a ticket holds; a ticket this person may not see is not there."""
    if not ticket:
        return None
    told = mailed_notice(int(ticket[:18]), current_principal()) if ticket.isdecimal() else None
    mail: MailedNotice = found(told)
    return mail


def _agency(mail: MailedNotice | None) -> Agency | None:
    """The one in the address, else that of who sent the mail, else the person's only one."""
    principal = current_principal()
    wanted = request.values.get("agency", "")
    if wanted:
        return queries.agency_to_speak_for(principal, int(wanted[:18]) if wanted.isdecimal() else 0)
    mine = queries.agencies_to_speak_for(principal)
    if mail and mail.person_id:
        senders = {agency.id for agency in agencies_of(mail.person_id, mail.received_at)}
        mine = [queries.agency_to_speak_for(principal, agency_id) for agency_id in sorted(senders)[:1]] or mine
    return mine[0] if len(mine) == 1 else None


def _choose_agency() -> str:
    text = request.args.get("q", "")
    return render_template(
        "licensing/departures/choose_agency.html",
        agencies=queries.agencies_to_speak_for(current_principal(), text),
        text=text,
        ticket=request.args.get("ticket"),
    )


def _form(agency: Agency) -> DepartureForm:
    people = queries.people_of(agency, clock.now())
    me = current_principal().person_id
    return DepartureForm.for_people(people, me=me, is_lead_staff=_speaks_for_lead(agency))


def _speaks_for_lead(agency: Agency) -> bool:
    return current_principal().can(Permission.CONFIRM_OFF, agency=agency)


def _form_page(
    agency: Agency, form: DepartureForm, outlook: dict[str, Any] | None = None, *, mail: MailedNotice | None
) -> str:
    return render_template(
        "licensing/departures/new.html",
        agency=agency,
        form=form,
        outlook=outlook,
        mail=mail,
        found_out=_speaks_for_lead(agency) and _noticed(agency, mail, clock.now())[1] is None,
    )


def _noticed(agency: Agency, mail: MailedNotice | None, now: datetime) -> tuple[Channel, datetime | None, int | None]:
    """How and when the agency told the Lead, and who did: by mail, when it arrived; by the form, now.

    Word from anybody else is no notice of the agency's: the Lead found out.
    """
    if mail is not None:
        if services.is_notice_of(agency.id, mail.person_id, mail.received_at):
            return Channel.MAIL, mail.received_at, mail.person_id
        return Channel.FOUND_OUT, None, None
    if _speaks_for_lead(agency):
        return Channel.FOUND_OUT, None, None
    return Channel.FORM, now, current_principal().person_id


def _left_at(agency: Agency, form: DepartureForm, now: datetime) -> datetime:
    membership = services.membership_to_end(form.person_id, agency, now)
    return services.when_leaving(membership, form.left_on.data, form.left_at.data, now)


def _told(agency: Agency, form: DepartureForm, mail: MailedNotice | None) -> Told:
    now = clock.now()
    channel, noticed_at, noticed_by_id = _noticed(agency, mail, now)
    ticket = form.ticket.data or ""
    if services.sent_before(form.once.data or ""):
        leaves_at = services.typed_moment(agency, form.left_on.data, form.left_at.data)
    else:
        leaves_at = _left_at(agency, form, now)
    return Told(
        person_id=form.person_id,
        leaves_at=leaves_at,
        reason=Reason(form.reason.data),
        channel=channel,
        noticed_at=noticed_at,
        noticed_by_id=noticed_by_id,
        once=form.once.data or "",
        ticket_id=int(ticket) if mail and ticket.isdecimal() else None,
    )


def _outlook(agency: Agency, form: DepartureForm, mail: MailedNotice | None) -> dict[str, Any]:
    """What telling us means, in a sentence, with the reason of each of its two dates."""
    now = clock.now()
    _, noticed_at, _ = _noticed(agency, mail, now)
    view = services.outlook(agency, _left_at(agency, form, now), noticed_at, now)
    reasons = [("The notice", view.notice.as_json()), ("The end of access", view.end.as_json())]
    return {"sentence": rules.sentence(view, agency.zone), "reasons": reasons}


@bp.get("/<int:departure_id>")
@requires(Permission.VIEW)
def show(departure_id: int) -> Any:
    return _show(queries.visible_departure(current_principal(), departure_id), OffForm(formdata=None))


def _show(row: DepartureNotice, form: OffForm) -> str:
    principal, now = current_principal(), clock.now()
    late = {kind: rules.say_span(span) if span else "" for kind, span in services.lateness(row, now).items()}
    may_record = principal.can(Permission.RECORD, agency=row.agency)
    is_of_agency = not _speaks_for_lead(row.agency)
    return render_template(
        "licensing/departures/show.html",
        row=row,
        form=form,
        now=now,
        notice=services.clock_of(row, services.NOTICE),
        end=services.clock_of(row, services.DEACTIVATION),
        notice_late=late[services.NOTICE],
        end_late=late[services.DEACTIVATION],
        reason=REASONS[row.reason],
        channel=queries.CHANNELS[row.channel],
        is_for_lead=not is_of_agency,
        mails=queries.mails_about(row, to_agency_only=is_of_agency),
        may_undo=may_record and row.state is DepartureState.SCHEDULED and now < row.ends_at,
        may_give_notice=queries.may_give_notice(principal, row) and _waits_for_notice(row),
        may_confirm_off=not is_of_agency and _waits_for_off(row, now),
    )


def _waits_for_notice(row: DepartureNotice) -> bool:
    return row.noticed_at is None and row.state is not DepartureState.UNDONE


def _waits_for_off(row: DepartureNotice, now: datetime) -> bool:
    return row.off_at is None and row.state is not DepartureState.UNDONE and now >= row.leaves_at


@bp.post("/<int:departure_id>/undo")
@requires(Permission.RECORD)
def undo(departure_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_departure(current_principal(), departure_id, lock=True)
        _must(current_principal().can(Permission.RECORD, agency=row.agency))
        services.undo(row, current_principal(), clock.now())
    flash("Undone. Access goes on.", "success")
    return redirect(url_for(".show", departure_id=departure_id))


@bp.post("/<int:departure_id>/notice")
@requires(Permission.RECORD)
def give_notice(departure_id: int) -> Any:
    with unit_of_work():
        row = queries.visible_departure(current_principal(), departure_id, lock=True)
        _must(queries.may_give_notice(current_principal(), row))
        services.give_notice(row, current_principal(), clock.now())
    flash("Thank you. The notice is on record.", "success")
    return redirect(url_for(".show", departure_id=departure_id))


@bp.post("/<int:departure_id>/off")
@requires(Permission.CONFIRM_OFF)
def confirm_off(departure_id: int) -> Any:
    form = OffForm()
    if not form.validate():
        return _show(queries.visible_departure(current_principal(), departure_id), form), 422
    with unit_of_work():
        row = queries.visible_departure(current_principal(), departure_id, lock=True)
        _must(current_principal().can(Permission.CONFIRM_OFF, agency=row.agency))
        services.confirm_off(row, current_principal(), form.evidence.data or "", clock.now())
    flash("Confirmed: off in the HMIS itself.", "success")
    return redirect(url_for(".show", departure_id=departure_id))


def _must(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
