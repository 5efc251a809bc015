"""What leaves for the vendor, and who of the Lead hears of it. The vendor's threads are the only way to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.db import db
from core.outbox import OutboxMessage, enqueue
from core.outbox.services import guard, render
from core.people.models import Lead, Person, StaffRole
from core.people.services import staff_of
from helpdesk.mail.tokens import case_reply_address
from helpdesk.vendor.models import CaseMessage, VendorCase, VendorContact
from helpdesk.vendor.rules import Said

TO_THE_VENDOR = frozenset({"ticket-vendor", "vendor-case"})
ONLY_THERE = "the vendor is written to in its own threads only (SON-HD-4)"
LETTER = "vendor-case"
MOST_REFERENCES = 20


def parts_of(case: VendorCase, about: str, text: str) -> dict[str, str]:
    """Subject and body of a letter, as it will leave."""
    return render(LETTER, {"case": case, "about": about, "text": text, "lead": case.lead, "url": "", "to": ""})


def ask(case: VendorCase, message: CaseMessage, about: str) -> None:
    """The case's own thread, which never refers to a message of anybody else."""
    thread = _thread(case)
    sent = enqueue(
        LETTER,
        message.address,
        key=f"vendor-case:{message.id}",
        context={"case": case, "about": about, "text": message.text, "lead": case.lead},
        subject=case,
        reply_to=case_reply_address(case.id, case.lead.support_address),
        in_reply_to=thread[-1] if thread else "",
        references=thread,
    )
    if sent is not None:
        message.message_id = sent.message_id


def _thread(case: VendorCase) -> list[str]:
    query = select(CaseMessage.message_id).where(CaseMessage.case_id == case.id, CaseMessage.message_id != "")
    query = query.where(CaseMessage.kind != Said.NOTE).order_by(CaseMessage.id.desc()).limit(MOST_REFERENCES)
    return list(reversed(db.session.scalars(query).all()))


def tell_keeper(case: VendorCase, what: str, key: str) -> None:
    """News for whoever keeps the case: a link, and nothing of what was said."""
    _tell(case, case.keeper, what, key)


def tell_deciders(case: VendorCase, what: str, key: str, now: datetime) -> None:
    """Managers of the whole Lead and its administrators: who decides what follows when nothing is resolved."""
    people = [*staff_of(case.lead_id, StaffRole.MANAGER, now), *staff_of(case.lead_id, StaffRole.ADMIN, now)]
    for person in dict.fromkeys([*people, case.keeper]):
        _tell(case, person, what, key)


def _tell(case: VendorCase, person: Person, what: str, key: str) -> None:
    told: dict[str, Any] = {"case": case, "what": what, "path": f"/vendor-cases/{case.id}"}
    enqueue("vendor-case-news", person, key=f"{key}:{person.id}", context=told, subject=case)


@guard
def _kept_from_the_vendor(row: OutboxMessage) -> str:
    """Whatever writes to the vendor's address and is not one of its threads stays here.

    Rules: SON-HD-4, SAC-HD-1: by no channel does anybody but the Lead reach the vendor.
    """
    if row.message in TO_THE_VENDOR:
        return ""
    return ONLY_THERE if is_the_vendors(row.address) else ""


def is_the_vendors(address: str) -> bool:
    wanted = address.lower()
    leads = select(Lead.id).where(func.lower(Lead.vendor_address) == wanted, Lead.vendor_address != "")
    named = func.lower(VendorContact.address) == wanted
    people = select(VendorContact.id).where(named, VendorContact.ended_at.is_(None))
    return db.session.scalar(leads.union_all(people).limit(1)) is not None
