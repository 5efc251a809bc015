from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, found, requires
from core.db import db, unit_of_work
from core.errors import Conflict, DomainError, Invalid
from core.files.services import send
from core.paging import page_of
from core.people.models import Person
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queries import visible_ticket
from helpdesk.vendor import act_views, api, contact_views, pieces, queries, services, update_views
from helpdesk.vendor.act_views import act
from helpdesk.vendor.blueprint import bp
from helpdesk.vendor.forms import CaseForm, JoinForm, JoinOneForm, LetterForm, NewCaseForm
from helpdesk.vendor.models import VendorCase, VendorContact
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import Letter, Severity
from helpdesk.vendor.shown import STATES, case_page, me, words

__all__ = ["act_views", "api", "bp", "contact_views", "pieces", "update_views"]

register(NavItem(Area.HELPDESK, "Vendor cases", "vendor.index", Permission.VIEW, order=25, group=Group.WORK))


@bp.get("/vendor-cases")
@requires(Permission.VIEW)
def index() -> Any:
    principal, now = current_principal(), clock.now()
    order, descending = queries.order_of(request.args)
    page = page_of(queries.cases(principal, request.args, now), order, descending=descending)
    lead = queries.lead_of(principal)
    return render_template(
        "helpdesk/vendor/index.html",
        page=page,
        counts=queries.counts_of([row.id for row in page.rows]),
        shown=request.args.get("shown", "open"),
        tabs=queries.SHOWN,
        contacts=[(str(row.id), row.name) for row in queries.contacts_of(lead.id)],
        state_choices=[(state.value, told) for state, (told, _) in STATES.items()],
        now=now,
        **words(),
    )


@bp.route("/vendor-cases/new", methods=["GET", "POST"])
@requires(Permission.WORK)
def new() -> Any:
    """Of its own, or from a request that then is the first on it."""
    form = NewCaseForm()
    named = (request.form if form.is_submitted() else request.args).get("ticket", "")
    ticket = _ticket(named)
    lead = ticket.lead if ticket else queries.lead_of(current_principal())
    contacts = queries.contacts_of(lead.id)
    form.offer(contacts, lead.vendor_address)
    if not form.is_submitted():
        form.ticket.data = str(ticket.id) if ticket else ""
        form.title.data = ticket.subject if ticket else ""
        form.contact.data = contacts[0].id if contacts else 0
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with unit_of_work():
                case = _opened(form, lead, ticket)
        except (Invalid, Conflict) as error:
            db.session.rollback()
            form.refuse(error)
            status = error.status
        else:
            flash(f"Case V{case.id} is open. Write to the vendor next.", "success")
            return redirect(url_for(".show", case_id=case.id, ticket=ticket.id if ticket else None, _anchor="letter"))
    return render_template("helpdesk/vendor/new.html", form=form, ticket=ticket), status


def _ticket(named: str) -> Ticket | None:
    number = queries.number_in(named)
    return visible_ticket(current_principal(), number) if number else None


def _opened(form: NewCaseForm, lead: Any, ticket: Ticket | None) -> VendorCase:
    by, at = me(), clock.now()
    contact = _contact(lead.id, form.contact.data)
    case = services.open_case(lead, _details(form), contact, by, at, nonce=form.nonce.data)
    place = queries.place_of(ticket) if ticket else None
    if ticket and not (place and place.case_id == case.id):
        services.join(case, ticket, by, at)
    return case


def _contact(lead_id: int, contact_id: int | None) -> VendorContact | None:
    return queries.contact_of(lead_id, contact_id) if contact_id else None


def _details(form: CaseForm) -> services.Details:
    return services.Details(form.title.data or "", Severity(form.severity.data), form.number.data or "")


@bp.get("/vendor-cases/<int:case_id>")
@requires(Permission.VIEW)
def show(case_id: int) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    ticket = _ticket(request.args.get("ticket", ""))
    draft = LetterForm(prefix="letter", formdata=None)
    if ticket and ticket.lead_id == case.lead_id and case.asked_at is None:
        draft.text.data = services.first_words(ticket, case)
    return case_page(case, ("letter", draft))


@bp.post("/vendor-cases/<int:case_id>/details")
@requires(Permission.WORK)
def details(case_id: int) -> Any:
    def change(case: VendorCase, by: Person, form: Any, at: datetime) -> None:
        services.change(case, _details(form), by, at, nonce=form.nonce.data)

    return act(case_id, "details", CaseForm(prefix="details"), "Kept.", change)


# --- writing to the vendor


@bp.post("/vendor-cases/<int:case_id>/preview")
@requires(Permission.WORK)
def preview(case_id: int) -> Any:
    """What would leave, word for word; nothing leaves yet."""
    case = queries.visible_case(current_principal(), case_id)
    form = LetterForm(prefix="letter")
    if not form.validate():
        return case_page(case, ("letter", form)), 422
    try:
        services.next_time(case, form.again_on.data, clock.now())
        return _preview(case, form, services.letter(case, form.text.data or ""))
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return case_page(case, ("letter", form)), error.status


def _preview(case: VendorCase, form: LetterForm, letter: Letter) -> str:
    form.digest.data = letter.digest
    return render_template("helpdesk/vendor/preview.html", case=case, form=form, letter=letter, **words())


@bp.post("/vendor-cases/<int:case_id>/send")
@requires(Permission.WORK)
def send_letter(case_id: int) -> Any:
    """Exactly what was seen; where it would be anything else by now, it is shown again."""

    def change(case: VendorCase, by: Person, form: Any, at: datetime) -> None:
        told = (form.text.data or "", form.digest.data or "", form.again_on.data)
        services.send(case, *told, by, at, nonce=form.nonce.data)

    return act(case_id, "letter", LetterForm(prefix="letter"), "It is on its way to the vendor.", change)


@bp.post("/vendor-cases/<int:case_id>/letter")
@requires(Permission.WORK)
def edit_letter(case_id: int) -> Any:
    """Back from what would leave, with what was typed."""
    return case_page(queries.visible_case(current_principal(), case_id), ("letter", LetterForm(prefix="letter")))


@bp.get("/vendor-cases/<int:case_id>/files/<int:case_file_id>")
@requires(Permission.VIEW)
def download(case_id: int, case_file_id: int) -> Any:
    row = queries.file_of(queries.visible_case(current_principal(), case_id), case_file_id)
    if row.file.held_back:
        raise Conflict("This file has what looks like a client's personal data.", "It can be shown; that is recorded.")
    return send(row.file)


@bp.post("/vendor-cases/<int:case_id>/messages/<int:message_id>/reveal")
@requires(Permission.REVEAL)
def reveal(case_id: int, message_id: int) -> Any:
    """The page once with this message unmasked; that it was looked at is recorded."""
    case = queries.visible_case(current_principal(), case_id)
    message = queries.message_of(case, message_id)
    with unit_of_work():
        services.reveal(message)
    return case_page(case, revealed=message.id)


@bp.post("/vendor-cases/<int:case_id>/files/<int:case_file_id>/reveal")
@requires(Permission.REVEAL)
def reveal_file(case_id: int, case_file_id: int) -> Any:
    row = queries.file_of(queries.visible_case(current_principal(), case_id), case_file_id)
    with unit_of_work():
        services.reveal(row.message)
    return send(row.file)


# --- the requests on it


@bp.post("/vendor-cases/<int:case_id>/join")
@requires(Permission.WORK)
def join(case_id: int) -> Any:
    def change(case: VendorCase, by: Person, form: Any, at: datetime) -> None:
        try:
            ticket = visible_ticket(current_principal(), form.number)
        except DomainError as error:
            raise Invalid(f"There is no request #{form.number} that you can see.", field="ticket") from error
        services.join(case, ticket, by, at, nonce=form.nonce.data)

    return act(case_id, "join", JoinForm(prefix="join"), "The request is on this case.", change)


@bp.post("/tickets/<int:ticket_id>/vendor-case")
@requires(Permission.WORK)
def join_from_ticket(ticket_id: int) -> Any:
    """From the request's own page, with the case chosen there."""
    ticket = visible_ticket(current_principal(), ticket_id)
    number = queries.number_in(request.form.get("joincase-case", ""))
    case = queries.visible_case(current_principal(), number or 0) if number else found(None)
    form = JoinOneForm(prefix="joincase", data={"ticket": str(ticket.id)})
    form.case.choices = {str(case.id): case.title}
    form.ticket.data = str(ticket.id)
    if not form.validate():
        raise Invalid("That form cannot be used.", "Load the page again.")
    with unit_of_work():
        services.join(case, ticket, me(), clock.now(), nonce=form.nonce.data)
    flash(f"The request is on vendor case V{case.id}.", "success")
    return redirect(url_for("tickets.show", ticket_id=ticket.id))


@bp.post("/vendor-cases/<int:case_id>/tickets/<int:ticket_id>/leave")
@requires(Permission.WORK)
def leave(case_id: int, ticket_id: int) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    ticket = visible_ticket(current_principal(), ticket_id)
    with unit_of_work():
        services.leave(case, ticket, me(), "Not about this case after all.", clock.now())
    flash(f"Request #{ticket.id} is off this case, and with the HMIS Lead again.", "success")
    return redirect(url_for(".show", case_id=case.id, _anchor="tickets"))
