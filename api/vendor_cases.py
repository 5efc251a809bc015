from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from api import vendor_schemas as schemas
from api.blueprint import bp, failures, idempotency_key, me
from core import clock, ppi
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Invalid
from core.paging import page_of
from core.people.addresses import usable
from core.text import one_line
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queries import visible as visible_tickets
from helpdesk.tickets.queries import visible_ticket
from helpdesk.vendor import broadcasts, contacts, queries, services
from helpdesk.vendor.broadcasts import Update
from helpdesk.vendor.models import Broadcast, VendorCase, VendorContact
from helpdesk.vendor.permissions import Permission as P

TAG = "Vendor cases"
WRITES = failures(400, 404, 409, 413, 422)
MOST_TICKETS = 200


@bp.get("/vendor-cases")
@requires(P.VIEW)
@bp.input(schemas.CaseQuery, location="query")
@bp.output(schemas.CaseList)
@bp.doc(tags=[TAG], summary="List vendor cases, last activity first", security="bearer", responses=failures(422))
def list_cases(query_data: schemas.CaseQuery) -> Any:
    filters = {"shown": "all"}
    if query_data.state:
        filters["state"] = query_data.state.value
    if query_data.contact_id:
        filters["contact"] = str(query_data.contact_id)
    query = queries.cases(current_principal(), filters, clock.now())
    order, descending = queries.order_of(filters)
    page = page_of(query, order, descending=descending, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/vendor-cases")
@requires(P.WORK)
@bp.input(schemas.NewCase, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Open a case; nothing leaves for the vendor yet", security="bearer", responses=WRITES)
def open_case(given: schemas.NewCase) -> Any:
    principal, by = current_principal(), me()
    ticket = _ticket(given.ticket_id) if given.ticket_id else None
    lead = ticket.lead if ticket else queries.lead_of(principal)
    contact = _contact(lead.id, given.contact_id) if given.contact_id else None
    with unit_of_work():
        details = services.Details(given.title, given.severity, given.number)
        case = services.open_case(lead, details, contact, by, clock.now(), nonce=idempotency_key())
        place = queries.place_of(ticket) if ticket else None
        if ticket and not (place and place.case_id == case.id):
            services.join(case, ticket, by, clock.now())
    return _detail(case)


def _ticket(ticket_id: int) -> Ticket:
    try:
        return visible_ticket(current_principal(), ticket_id)
    except DomainError as error:
        raise Invalid(f"There is no ticket {ticket_id} that you can see.", field="ticket_id") from error


def _contact(lead_id: int, contact_id: int) -> VendorContact:
    try:
        return queries.contact_of(lead_id, contact_id)
    except DomainError as error:
        raise Invalid("There is no such contact.", field="contact_id") from error


@bp.get("/vendor-cases/<int:case_id>")
@requires(P.VIEW)
@bp.output(schemas.CaseDetail)
@bp.doc(tags=[TAG], summary="A case with its thread, tickets and updates", security="bearer", responses=failures(404))
def show_case(case_id: int) -> Any:
    return _detail(queries.visible_case(current_principal(), case_id))


@bp.post("/vendor-cases/<int:case_id>/tickets")
@requires(P.WORK)
@bp.input(schemas.TicketNamed, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Put a ticket on the case", security="bearer", responses=WRITES)
def join_case(case_id: int, given: schemas.TicketNamed) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    ticket = _ticket(given.ticket_id)
    with unit_of_work():
        services.join(case, ticket, me(), clock.now(), nonce=idempotency_key())
    return _detail(case)


@bp.post("/vendor-cases/<int:case_id>/tickets/<int:ticket_id>/leave")
@requires(P.WORK)
@bp.input(schemas.Reason, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Take a ticket off it: the Lead has it again", security="bearer", responses=WRITES)
def leave_case(case_id: int, ticket_id: int, given: schemas.Reason) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    ticket = visible_ticket(current_principal(), ticket_id)
    with unit_of_work():
        services.leave(case, ticket, me(), given.text, clock.now(), nonce=idempotency_key())
    return _detail(case)


def _act(case_id: int, verb: Callable[..., object], given: schemas.Reason) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    with unit_of_work():
        verb(case, given.text, me(), clock.now(), nonce=idempotency_key())
    return _detail(case)


@bp.post("/vendor-cases/<int:case_id>/fixed")
@requires(P.WORK)
@bp.input(schemas.Reason, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="The vendor says that it is fixed", security="bearer", responses=WRITES)
def say_fixed(case_id: int, given: schemas.Reason) -> Any:
    return _act(case_id, services.says_fixed, given)


@bp.post("/vendor-cases/<int:case_id>/confirm")
@requires(P.WORK)
@bp.input(schemas.Reason, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Somebody saw that it is fixed; closes the case", security="bearer", responses=WRITES)
def confirm_fixed(case_id: int, given: schemas.Reason) -> Any:
    return _act(case_id, services.confirm, given)


@bp.post("/vendor-cases/<int:case_id>/unresolved")
@requires(P.DECIDE)
@bp.input(schemas.Reason, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Close it unresolved, with what was decided", security="bearer", responses=WRITES)
def give_up_case(case_id: int, given: schemas.Reason) -> Any:
    return _act(case_id, services.give_up, given)


@bp.get("/vendor-contacts")
@requires(P.VIEW)
@bp.output(schemas.ContactList)
@bp.doc(tags=[TAG], summary="Whom the Lead knows there, in order", security="bearer", responses=failures(404))
def list_contacts() -> Any:
    return {"items": queries.contacts_of(queries.lead_of(current_principal()).id)}


def _named(given: schemas.ContactGiven) -> contacts.Named:
    address = usable(given.address, "address")
    return contacts.Named(one_line(given.name), one_line(given.part), address, one_line(given.phone), given.rank)


@bp.post("/vendor-contacts")
@requires(P.SET)
@bp.input(schemas.ContactGiven, arg_name="given")
@bp.output(schemas.ContactOut, status_code=201)
@bp.doc(tags=[TAG], summary="Add somebody; the same sent again is one", security="bearer", responses=WRITES)
def add_contact(given: schemas.ContactGiven) -> Any:
    principal = current_principal()
    lead = queries.lead_of(principal, P.SET)
    with unit_of_work():
        return contacts.add(lead, _named(given), principal)


def _known_contact(contact_id: int) -> VendorContact:
    return queries.contact_of(queries.lead_of(current_principal()).id, contact_id)


@bp.put("/vendor-contacts/<int:contact_id>")
@requires(P.VIEW, P.SET)
@bp.input(schemas.ContactGiven, arg_name="given")
@bp.output(schemas.ContactOut)
@bp.doc(tags=[TAG], summary="Change somebody", security="bearer", responses=WRITES)
def change_contact(contact_id: int, given: schemas.ContactGiven) -> Any:
    row = _known_contact(contact_id)
    with unit_of_work():
        contacts.change(row, _named(given), current_principal())
    return row


@bp.post("/vendor-contacts/<int:contact_id>/end")
@requires(P.VIEW, P.SET)
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="They are not asked any more", security="bearer", responses=failures(404))
def end_contact(contact_id: int) -> Any:
    row = _known_contact(contact_id)
    with unit_of_work():
        contacts.end(row, current_principal(), clock.now())
    return ""


@bp.post("/vendor-cases/<int:case_id>/preview")
@requires(P.WORK)
@bp.input(schemas.LetterGiven, arg_name="given")
@bp.output(schemas.LetterOut)
@bp.doc(tags=[TAG], summary="What would leave for the vendor, word for word", security="bearer", responses=WRITES)
def preview_letter(case_id: int, given: schemas.LetterGiven) -> Any:
    return services.letter(queries.visible_case(current_principal(), case_id), given.text)


@bp.post("/vendor-cases/<int:case_id>/messages")
@requires(P.WORK)
@bp.input(schemas.LetterSeen, arg_name="given")
@bp.output(schemas.CaseDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Send the vendor what the preview showed", security="bearer", responses=WRITES)
def send_letter(case_id: int, given: schemas.LetterSeen) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    told = (given.text, given.digest, given.again_on)
    with unit_of_work():
        services.send(case, *told, me(), clock.now(), nonce=idempotency_key())
    return _detail(case)


@bp.post("/vendor-cases/<int:case_id>/updates/preview")
@requires(P.WORK)
@bp.input(schemas.UpdateGiven, arg_name="given")
@bp.output(schemas.UpdateSeen)
@bp.doc(tags=[TAG], summary="To how many an update would go", security="bearer", responses=WRITES)
def preview_update(case_id: int, given: schemas.UpdateGiven) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    return broadcasts.preview(case, _update(given), current_principal())


@bp.post("/vendor-cases/<int:case_id>/updates")
@requires(P.WORK)
@bp.input(schemas.UpdateGiven, arg_name="given")
@bp.output(schemas.UpdateOut, status_code=201)
@bp.doc(tags=[TAG], summary="Tell everybody whose ticket waits for it", security="bearer", responses=WRITES)
def send_update(case_id: int, given: schemas.UpdateGiven) -> Any:
    case = queries.visible_case(current_principal(), case_id)
    with unit_of_work():
        key = idempotency_key() or secrets.token_urlsafe(16)
        row = broadcasts.begin(case, _update(given), me(), clock.now(), nonce=key)
    return _update_out(row)


def _update(given: schemas.UpdateGiven) -> Update:
    return Update(given.text, given.then, given.includes_closed)


def _update_out(row: Broadcast) -> dict[str, Any]:
    progress = queries.progress_of(row)
    counts = {name: getattr(progress, name) for name in ("total", "told", "skipped", "refused")}
    return {"id": row.id, "at": row.at, "text": row.text, "then": row.then, **counts}


def _detail(case: VendorCase) -> dict[str, Any]:
    """Text as the pages show it: what looks like a client's data is masked."""
    messages, _ = queries.thread_of(case, everything=True)
    within = visible_tickets(current_principal())
    on_it = queries.tickets_of(case, within).with_only_columns(Ticket.id)
    newest = on_it.order_by(Ticket.last_activity_at.desc(), Ticket.id.desc()).limit(MOST_TICKETS)
    return {
        **{name: getattr(case, name) for name in schemas.CaseOut.model_fields},
        "messages": [
            {"id": m.id, "kind": m.kind, "author_id": m.author_id, "at": m.at, "text": ppi.mask(m.text)}
            for m in messages
        ],
        "ticket_ids": list(db.session.scalars(newest)),
        "others": queries.count_on(case) - queries.count_on(case, within),
        "updates": [_update_out(row) for row in queries.broadcasts_of(case)],
    }
