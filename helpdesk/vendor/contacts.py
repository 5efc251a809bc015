"""Whom the Lead knows at its vendor, in which order they are asked, and what was agreed with it (HUD-HD-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.once import one_at_a_time
from core.people.models import Lead
from core.people.services import person_by_email
from helpdesk.mail.owners import are_ours
from helpdesk.tickets.screening import refuse_ppi
from helpdesk.vendor import queries
from helpdesk.vendor.models import VendorCase, VendorContact, VendorProtocol
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rules import MOST_MISSES

MOST_CONTACTS = 20


@dataclass(frozen=True)
class Named:
    """`part` is what they are at the vendor. `rank` counts from 1, the first to be asked."""

    name: str
    part: str
    address: str
    phone: str
    rank: int


def add(lead: Lead, given: Named, by: Principal) -> VendorContact:
    """In their place in the order; whoever was there moves down. Entered twice, it is one."""
    _must_set(lead, by)
    known = queries.contacts_of(lead.id)
    same = next((row for row in known if row.address.lower() == given.address.lower()), None)
    if same is not None:
        if (same.name, same.part, same.phone) == (given.name, given.part, given.phone):
            return same
        raise Conflict(f"{same.name} has this address already.", "Change that contact.", field="address")
    if len(known) >= MOST_CONTACTS:
        raise Invalid(f"A Lead keeps at most {MOST_CONTACTS} contacts.", "Remove one first.", field="name")
    row = VendorContact(lead_id=lead.id, lead=lead, name="", part="", address="", phone="", rank=0)
    _write(row, given)
    db.session.add(row)
    db.session.flush()
    _put_in_order(row, [*known, row], given.rank)
    record("vendor.contact-added", row, data={"part": row.part, "rank": row.rank})
    return row


def change(row: VendorContact, given: Named, by: Principal) -> None:
    _must_set(row.lead, by)
    known = queries.contacts_of(row.lead_id)
    if any(other.id != row.id and other.address.lower() == given.address.lower() for other in known):
        raise Conflict("Another contact has this address already.", field="address")
    _write(row, given)
    _put_in_order(row, known, given.rank)
    record("vendor.contact-changed", row, data={"part": row.part, "rank": row.rank})


def end(row: VendorContact, by: Principal, at: datetime) -> None:
    """Nobody is asked who has left; the cases that asked them have no contact until one is chosen."""
    _must_set(row.lead, by)
    row.ended_at = at
    held = select(VendorCase).where(VendorCase.contact_id == row.id, queries.OPEN).order_by(VendorCase.id)
    for case in db.session.scalars(held.with_for_update()):
        case.contact_id = None
    db.session.flush()
    _put_in_order(None, queries.contacts_of(row.lead_id), 1)
    record("vendor.contact-ended", row, data={"part": row.part})


def _write(row: VendorContact, given: Named) -> None:
    if person_by_email(given.address) is not None:
        raise Invalid("This is the address of somebody who uses this service.", "Enter the vendor's.", field="address")
    if are_ours([given.address.lower()]):
        raise Invalid("This is an address of the help desk's own.", "Enter the vendor's.", field="address")
    row.name, row.part, row.address, row.phone = given.name, given.part, given.address, given.phone


def _put_in_order(row: VendorContact | None, known: list[VendorContact], rank: int) -> None:
    others = [other for other in known if other is not row]
    if row is not None:
        others.insert(max(rank, 1) - 1, row)
    for number, one in enumerate(others, start=1):
        one.rank = number
    db.session.flush()


def agree(
    lead: Lead, misses: int, consequence: str, decides: str, by: Principal, at: datetime, once: str
) -> VendorProtocol:
    """What follows when the vendor does not answer or resolve, from now on; what was set before stays to be read."""
    _must_set(lead, by)
    one_at_a_time(once)
    if known := db.session.scalar(select(VendorProtocol).where(VendorProtocol.once == once)):
        return known
    if not 0 <= misses <= MOST_MISSES:
        raise Invalid(f"Give a number from 0 to {MOST_MISSES}.", field="misses")
    refuse_ppi(consequence, "consequence")
    row = VendorProtocol(
        lead_id=lead.id,
        misses=misses,
        consequence=consequence,
        decides=decides,
        set_by_id=by.person_id,
        set_at=at,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    record("vendor.protocol-set", row, data={"misses": misses, "decides": decides})
    return row


def _must_set(lead: Lead, by: Principal) -> None:
    if not by.can(Permission.SET, lead_id=lead.id):
        raise Forbidden("Only an administrator of the HMIS Lead keeps the vendor's contacts.", "Ask one.")
