"""The words of a case on its pages, and what its page needs."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from core import clock
from core.authz import current_principal
from core.db import db
from core.paging import page_of
from core.people.models import Person
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.queries import visible as visible_tickets
from helpdesk.vendor import clocks, queries, rules
from helpdesk.vendor.forms import (
    ActForm,
    AgainForm,
    CaseForm,
    ContactedForm,
    EscalateForm,
    JoinForm,
    LetterForm,
    UpdateForm,
)
from helpdesk.vendor.models import VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import Act, CaseState, Said, Severity

STATES = {
    CaseState.OPEN: ("Not asked yet", "info"),
    CaseState.VENDOR: ("Waiting for the vendor", "wait"),
    CaseState.US: ("Waiting for us", "warn"),
    CaseState.FIXED: ("Vendor says fixed", "info"),
    CaseState.CONFIRMED: ("Confirmed", "ok"),
    CaseState.UNRESOLVED: ("Closed unresolved", "late"),
}
SEVERITIES = {
    Severity.LOW: "Low",
    Severity.NORMAL: "Normal",
    Severity.HIGH: "High",
    Severity.CRITICAL: "Critical",
}
DID = {
    Act.OPEN: "opened the case",
    Act.SEND: "wrote to the vendor",
    Act.CONTACT: "reached the vendor",
    Act.VENDOR_WROTE: "The vendor wrote",
    Act.FIXED: "noted that the vendor says it is fixed",
    Act.CONFIRM: "confirmed that it is fixed",
    Act.NOTE: "added a note",
    Act.DETAILS: "changed the case",
    Act.ESCALATE: "took it up",
    Act.AGAIN_ON: "set the next contact",
    Act.MISSED: "The next contact passed",
    Act.RAISE: "put it before those who decide",
    Act.UNRESOLVED: "closed it unresolved",
    Act.REOPEN: "opened it again",
    Act.JOIN: "put a request on it",
    Act.LEAVE: "took a request off it",
    Act.TELL: "sent an update to everybody on it",
    Act.TAKE: "took the case over",
}
FORMS: dict[Act, type[Any]] = {
    Act.NOTE: ActForm,
    Act.CONTACT: ContactedForm,
    Act.AGAIN_ON: AgainForm,
    Act.FIXED: ActForm,
    Act.CONFIRM: ActForm,
    Act.ESCALATE: EscalateForm,
    Act.RAISE: ActForm,
    Act.TAKE: ActForm,
    Act.UNRESOLVED: ActForm,
    Act.REOPEN: ActForm,
}


def words() -> dict[str, Any]:
    return {"states": STATES, "severities": SEVERITIES, "Act": Act, "Said": Said}


def me() -> Person:
    return db.session.get_one(Person, current_principal().person_id)


def forms_of(case: VendorCase) -> dict[Act, Any]:
    """One form of each act that this person may do where the case stands."""
    principal = current_principal()
    made: dict[Act, Any] = {}
    for act, form in FORMS.items():
        if rules.after(case.state, act) is None:
            continue
        if act is Act.TAKE and case.keeper_id == principal.person_id:
            continue
        if act is Act.UNRESOLVED and not principal.can(Permission.DECIDE):
            continue
        made[act] = form(prefix=act, formdata=None)
    if Act.ESCALATE in made:
        made[Act.ESCALATE].offer(queries.contacts_of(case.lead_id), case.contact_id)
        if not made[Act.ESCALATE].contact.choices:
            del made[Act.ESCALATE]
    return made


def case_page(case: VendorCase, failed: tuple[str, Any] | None = None, revealed: int | None = None, **more: Any) -> str:
    """The case with everything on it; `failed` is a form that came back, with what was typed."""
    principal = current_principal()
    messages, earlier = queries.thread_of(case, everything=request.args.get("all") == "1")
    forms: dict[str, Any] = {str(act): form for act, form in forms_of(case).items()}
    forms["letter"] = LetterForm(prefix="letter", formdata=None)
    forms["join"] = JoinForm(prefix="join", formdata=None)
    forms["update"] = UpdateForm(prefix="update", formdata=None)
    forms["details"] = CaseForm(prefix="details", formdata=None, obj=case)
    if failed:
        forms[failed[0]] = failed[1]
    within = visible_tickets(principal)
    on_it, steps = queries.tickets_of(case, within), queries.steps_of(case)
    page = page_of(on_it, [Ticket.last_activity_at, Ticket.id], descending=True)
    counts = {
        "live": queries.count_on(case, Ticket.closed_at.is_(None)),
        "closed": queries.count_on(case, Ticket.closed_at.is_not(None)),
    }
    return render_template(
        "helpdesk/vendor/show.html",
        case=case,
        messages=messages,
        earlier=earlier,
        forms=forms,
        tried=failed[0] if failed else "",
        page=page,
        counts=counts,
        hidden=counts["live"] + counts["closed"] - queries.count_on(case, within),
        readable=queries.readable((one.text for one in steps), within),
        revealed=revealed,
        may_reveal=principal.can(Permission.REVEAL),
        clock=clocks.running(case),
        practice=clocks.by_practice(case.lead, clock.now()),
        steps=steps,
        did=DID,
        contacts=queries.contacts_of(case.lead_id),
        protocol=queries.protocol_of(case.lead_id),
        updates=[(row, queries.progress_of(row)) for row in queries.broadcasts_of(case)],
        can_send=rules.after(case.state, Act.SEND) is not None,
        can_join=rules.after(case.state, Act.JOIN) is not None,
        **words(),
        **more,
    )
