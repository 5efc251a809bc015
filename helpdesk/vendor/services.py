"""The verbs of a vendor case. Each holds the case and writes its step, its audit event, its clock and its mails.

A verb takes the form's `nonce`: sent twice, it happened once. Text from a form that holds what looks like a
client's personal data is refused. Rules: HUD-HD-3, SON-HD-4, SAC-HD-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from core import ppi
from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.events import subscribe
from core.people.models import Lead, Person
from core.policy.vocabulary import Tier
from helpdesk.tickets import services as tickets
from helpdesk.tickets.events import TicketChanged
from helpdesk.tickets.family import survivor_of
from helpdesk.tickets.models import Ticket, TicketMessage
from helpdesk.tickets.rows import Once
from helpdesk.tickets.rules import Action, Kind
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.vendor import clocks, mails, queries, rules
from helpdesk.vendor.models import CaseMessage, CaseStep, CaseTicket, VendorCase, VendorContact
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rows import done_before, hold, move_on, must_work, say, step
from helpdesk.vendor.rules import Act, Letter, Said, Severity

CHANGED = "What would leave is not what you saw: somebody changed the case meanwhile."


@dataclass(frozen=True)
class Details:
    """`number` is the vendor's own, "" while it has not told it."""

    title: str
    severity: Severity
    number: str = ""


def open_case(
    lead: Lead, given: Details, contact: VendorContact | None, by: Person, at: datetime, *, nonce: str | None = None
) -> VendorCase:
    """A case that nobody has written about yet; the same form sent again is the same case."""
    once = Once.of(nonce, Act.OPEN, lead.id, by, given.title, given.severity, given.number)
    if known := done_before(once):
        return known.case
    case = VendorCase(lead_id=lead.id, lead=lead, keeper=by, opened_at=at, last_activity_at=at, contact=contact)
    must_work(case, by, Permission.WORK, at)
    _write(case, given)
    db.session.add(case)
    db.session.flush()
    step(case, Act.OPEN, at, by, once=once, number=case.number)
    return case


def change(case: VendorCase, given: Details, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    once = Once.of(nonce, Act.DETAILS, case.id, by, given.title, given.severity, given.number)
    if known := _begin(case, once, by, at):
        return known
    before = (case.title, case.severity, case.number)
    move_on(case, Act.DETAILS, at)
    _write(case, given)
    words = [
        f"{name}: {old or 'none'} became {new or 'none'}."
        for name, old, new in zip(
            ("Title", "Severity", "Vendor's number"), before, (case.title, case.severity, case.number), strict=True
        )
        if old != new
    ]
    return step(case, Act.DETAILS, at, by, " ".join(words) or "Nothing changed.", once=once)


def _write(case: VendorCase, given: Details) -> None:
    refuse_ppi(given.title, "title")
    refuse_ppi(given.number, "number")
    if given.number:
        _must_be_free(case, given.number)
    case.title, case.severity, case.number = given.title, given.severity, given.number


def _must_be_free(case: VendorCase, number: str) -> None:
    """One number is one case of the Lead's. Raises Conflict naming the other."""
    same = select(VendorCase.id).where(VendorCase.lead_id == case.lead_id, VendorCase.number != "")
    with db.session.no_autoflush:
        other = db.session.scalar(same.where(func.lower(VendorCase.number) == number.lower()).limit(1))
    if other is not None and other != case.id:
        raise Conflict(f"Case V{other} has this number already.", "Put the request on that one.", field="number")


def _begin(
    case: VendorCase, once: Once | None, by: Person, at: datetime, permission: Permission = Permission.WORK
) -> CaseStep | None:
    """Hold the case, for somebody who may; what the same form led to, if it was sent before."""
    hold(case)
    must_work(case, by, permission, at)
    return done_before(once)


# --- the requests on it


def join(case: VendorCase, ticket: Ticket, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """A request waits for this case from now on. It is on one case at a time."""
    once = Once.of(nonce, Act.JOIN, case.id, ticket.id, by)
    if known := _begin(case, once, by, at):
        return known
    if ticket.lead_id != case.lead_id:
        raise Invalid("That request belongs to another HMIS Lead.", field="ticket")
    if place := queries.place_of(ticket):
        here = place.case_id == case.id
        raise Conflict(
            f"Request #{ticket.id} is on {'this case' if here else f'case V{place.case_id}'} already.",
            "" if here else "Take it off that one first.",
            field="ticket",
        )
    move_on(case, Act.JOIN, at)
    db.session.add(CaseTicket(case_id=case.id, ticket_id=ticket.id, joined_at=at, joined_by_id=by.id))
    db.session.flush()
    tickets.onto_case(ticket, by, f"V{case.id}, {case.title}", at)
    return step(case, Act.JOIN, at, by, f"Request #{ticket.id} came to it.", once=once, ticket_id=ticket.id)


def leave(
    case: VendorCase, ticket: Ticket, by: Person, reason: str, at: datetime, *, nonce: str | None = None
) -> CaseStep:
    """A request is not about this after all; the Lead has it again."""
    once = Once.of(nonce, Act.LEAVE, case.id, ticket.id, by, reason)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(reason, "reason")
    place = queries.place_of(ticket)
    if place is None or place.case_id != case.id:
        raise Conflict(f"Request #{ticket.id} is not on this case.", "Load the page again.")
    move_on(case, Act.LEAVE, at)
    place.left_at = at
    db.session.flush()
    if ticket.is_open and ticket.tier is Tier.VENDOR:
        tickets.hand_back(ticket, by, reason, at)
    return step(case, Act.LEAVE, at, by, f"Request #{ticket.id} left it. {reason}", once=once, ticket_id=ticket.id)


@subscribe(TicketChanged)
def taken_back(event: TicketChanged) -> None:
    """Who takes a request back from the vendor takes it off the case too."""
    if event.action is not Action.HAND_BACK:
        return
    ticket = db.session.get_one(Ticket, event.ticket_id)
    place = queries.place_of(ticket)
    if place is not None and ticket.tier is not Tier.VENDOR:
        place.left_at = event.at
        step(place.case, Act.LEAVE, event.at, None, f"Request #{ticket.id} was taken back.", ticket_id=ticket.id)


@subscribe(TicketChanged)
def goes_along(event: TicketChanged) -> None:
    """The request that a merged one is part of now waits for the case too, and gets its updates."""
    ticket = db.session.get_one(Ticket, event.ticket_id)
    if event.action is not Action.MERGE or ticket.merged_into_id is None:
        return
    place, whole = queries.place_of(ticket), survivor_of(ticket)
    if place is None or queries.place_of(whole) is not None:
        return
    case_id, by_id = place.case_id, place.joined_by_id
    db.session.add(CaseTicket(case_id=case_id, ticket_id=whole.id, joined_at=event.at, joined_by_id=by_id))
    told = f"Request #{ticket.id} was merged into #{whole.id}, which came to it."
    step(place.case, Act.JOIN, event.at, None, told, ticket_id=whole.id)


def first_words(ticket: Ticket, case: VendorCase) -> str:
    """What the requester wrote, as a beginning of the letter: client data masked, names taken out."""
    query = select(TicketMessage.text).where(TicketMessage.ticket_id == ticket.id, TicketMessage.kind == Kind.REQUESTER)
    said = db.session.scalar(query.order_by(TicketMessage.id).limit(1)) or ""
    return rules.cleaned(ppi.mask(said), queries.affected_by(case, ticket), _vendors_own(case))


# --- what leaves for the vendor


def letter(case: VendorCase, text: str) -> Letter:
    """Word for word what `send` would send. Raises Invalid for client data, and where nobody can be written to."""
    text = text.strip()
    refuse_ppi(text, "text")
    address = case.contact.address if case.contact else case.lead.vendor_address
    if not address:
        raise Invalid("The vendor's address is not known.", "Choose a contact, or enter one first.", field="text")
    affected = queries.affected_by(case)
    about, words = (rules.cleaned(part, affected, _vendors_own(case)) for part in (case.title, text))
    parts = mails.parts_of(case, about, words)
    return Letter(address, parts["subject"], parts["body_text"], words, took_out=(about, words) != (case.title, text))


def _vendors_own(case: VendorCase) -> list[str]:
    return [case.lead.vendor_address, *(row.address for row in queries.contacts_of(case.lead_id))]


def send(
    case: VendorCase,
    text: str,
    digest: str,
    again_on: date | None,
    by: Person,
    at: datetime,
    *,
    nonce: str | None = None,
) -> CaseStep:
    """To the vendor, exactly what was seen before: `digest` is the seen letter's. Raises Conflict when it differs."""
    once = Once.of(nonce, Act.SEND, case.id, by, text, digest)
    if known := _begin(case, once, by, at):
        return known
    ready = letter(case, text)
    if ready.digest != digest:
        raise Conflict(CHANGED, "Look at it once more, then send it.", field="text")
    again = next_time(case, again_on, at)
    move_on(case, Act.SEND, at)
    case.asked_at = case.asked_at or at
    said = say(case, Said.LEAD, ready.text, at, author=by, address=ready.address)
    clocks.start(case, again, at)
    mails.ask(case, said, rules.cleaned(case.title, queries.affected_by(case), _vendors_own(case)))
    return step(case, Act.SEND, at, by, f"Written to {_named(case)}.", once=once, message=said.id)


def _named(case: VendorCase) -> str:
    return case.contact.name if case.contact else "the vendor"


def next_time(case: VendorCase, day: date | None, at: datetime) -> clocks.Again | None:
    """The chosen day, else by the Lead's practice. Raises Invalid for a day that cannot be."""
    if day is None:
        return clocks.by_practice(case.lead, at)
    if fault := rules.fault_of_day(day, at.astimezone(ZoneInfo(case.lead.tz)).date()):
        raise Invalid(fault, "Choose a day to come.", field="again_on")
    return clocks.on_day(case.lead, day)


def log_contact(
    case: VendorCase, words: str, again_on: date | None, by: Person, at: datetime, *, nonce: str | None = None
) -> CaseStep:
    """The vendor was reached another way, such as by telephone."""
    once = Once.of(nonce, Act.CONTACT, case.id, by, words, again_on)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    again = next_time(case, again_on, at)
    move_on(case, Act.CONTACT, at)
    case.asked_at = case.asked_at or at
    clocks.start(case, again, at)
    return step(case, Act.CONTACT, at, by, f"Spoke with {_named(case)}. {words}", once=once)


def set_next(
    case: VendorCase, words: str, day: date | None, by: Person, at: datetime, *, nonce: str | None = None
) -> CaseStep:
    """Another day on which the vendor is asked again, such as one that it named."""
    once = Once.of(nonce, Act.AGAIN_ON, case.id, by, words, day)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    if day is None:
        raise Invalid("Choose a day.", field="again_on")
    again = next_time(case, day, at)
    move_on(case, Act.AGAIN_ON, at)
    clocks.start(case, again, at)
    return step(case, Act.AGAIN_ON, at, by, f"The vendor is asked again on {day:%a, %b %-d}. {words}", once=once)


def received(
    case: VendorCase, address: str, text: str, html: str, quoted: str, message_id: str, at: datetime
) -> CaseMessage:
    """The vendor wrote on the case's thread, whatever its state: the move is ours again."""
    hold(case)
    move_on(case, Act.VENDOR_WROTE, at)
    case.misses = 0
    said = say(case, Said.VENDOR, text, at, address=address, html=html, quoted=quoted, message_id=message_id)
    clocks.stop(case, at, "The vendor answered.", met=True)
    step(case, Act.VENDOR_WROTE, at, None, message=said.id)
    mails.tell_keeper(case, "The vendor answered", f"vendor-answered:{said.id}")
    return said


def reveal(message: CaseMessage) -> None:
    """Somebody looks at what is masked in it."""
    record("vendor.revealed", message.case, data={"message": message.id})


# --- how it goes on


def add_note(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    once = Once.of(nonce, Act.NOTE, case.id, by, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    move_on(case, Act.NOTE, at)
    say(case, Said.NOTE, words, at, author=by)
    return step(case, Act.NOTE, at, by, once=once)


def says_fixed(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """The vendor says so; somebody has to see for themselves."""
    once = Once.of(nonce, Act.FIXED, case.id, by, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    move_on(case, Act.FIXED, at)
    case.misses = 0
    clocks.stop(case, at, "The vendor says that it is fixed.", met=True)
    return step(case, Act.FIXED, at, by, words, once=once)


def confirm(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """It is fixed, and somebody saw it."""
    return _end(case, Act.CONFIRM, words, by, at, nonce, Permission.WORK)


def give_up(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """Closed unresolved, with what was decided: what the contract says for it stays with the step (HUD-HD-3)."""
    return _end(case, Act.UNRESOLVED, words, by, at, nonce, Permission.DECIDE)


def _end(
    case: VendorCase, act: Act, words: str, by: Person, at: datetime, nonce: str | None, needed: Permission
) -> CaseStep:
    once = Once.of(nonce, act, case.id, by, words)
    if known := _begin(case, once, by, at, needed):
        return known
    refuse_ppi(words, "reason")
    move_on(case, act, at)
    case.outcome, case.raised_at = words.strip(), None
    clocks.stop(case, at, "The case was closed.")
    explanation = clocks.protocol_cited(case.lead, at, *_agreed(case)) if act is Act.UNRESOLVED else None
    return step(case, act, at, by, words, once=once, explanation=explanation)


def _agreed(case: VendorCase) -> list[str]:
    protocol = queries.protocol_of(case.lead_id)
    if protocol is None or not protocol.consequence:
        return ["The HMIS Lead has not set down what follows when the vendor resolves nothing."]
    return [f"Agreed for it: {protocol.consequence}", f"Who decides: {protocol.decides}."]


def put_up(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """Before those who decide what follows: the vendor does not resolve it (HUD-HD-3)."""
    once = Once.of(nonce, Act.RAISE, case.id, by, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    move_on(case, Act.RAISE, at)
    case.raised_at = case.raised_at or at
    cited = clocks.protocol_cited(case.lead, at, *_agreed(case))
    row = step(case, Act.RAISE, at, by, words, once=once, explanation=cited)
    mails.tell_deciders(case, "The vendor does not resolve it; decide what follows", f"vendor-raised:{row.id}", at)
    return row


def escalate(
    case: VendorCase, contact: VendorContact, words: str, by: Person, at: datetime, *, nonce: str | None = None
) -> CaseStep:
    """To somebody else at the vendor, by hand."""
    once = Once.of(nonce, Act.ESCALATE, case.id, by, contact, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    if contact.id == case.contact_id:
        raise Conflict(f"{contact.name} is asked already.", field="contact")
    cited = clocks.protocol_cited(case.lead, at, f"{by.name} chose the next contact.")
    return clocks.hand_to(case, contact, at, by, words, cited, once)


def take_over(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    """Somebody else of the Lead keeps the case from now on, and hears what the vendor says."""
    once = Once.of(nonce, Act.TAKE, case.id, by, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    if case.keeper_id == by.id:
        raise Conflict("You keep this case already.", field="reason")
    move_on(case, Act.TAKE, at)
    before, case.keeper = case.keeper, by
    if row := clocks.running(case):
        row.person_id = by.id
    return step(case, Act.TAKE, at, by, f"{before.name} kept it before. {words}", once=once)


def reopen(case: VendorCase, words: str, by: Person, at: datetime, *, nonce: str | None = None) -> CaseStep:
    once = Once.of(nonce, Act.REOPEN, case.id, by, words)
    if known := _begin(case, once, by, at):
        return known
    refuse_ppi(words, "reason")
    move_on(case, Act.REOPEN, at)
    return step(case, Act.REOPEN, at, by, words, once=once)
