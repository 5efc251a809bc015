"""Whose a mail is: the Lead that it was written to, that its sender belongs to, or that owns the mailbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.db import db
from core.people.models import Lead
from core.people.services import agencies_of, person_by_email
from helpdesk.mail.mailboxes import mailboxes
from helpdesk.mail.models import InboundMessage, InboundState, SupportAddress
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import without_token

STDIN = "stdin"


@dataclass(frozen=True)
class Addressee:
    """The Lead, and by which of its support addresses where it was one of those beside the main one."""

    lead: Lead
    address: SupportAddress | None = None


def addressee_of(parsed: Parsed, mailbox: str, at: datetime) -> Addressee | None:
    """Whom it was sent to, else the sender's own Lead, else the one who owns the mailbox."""
    addresses = [without_token(address) for address in parsed.recipients]
    if found := addressee_at(addresses):
        return found
    person = person_by_email(parsed.sender)
    places = agencies_of(person.id, at) if person else []
    lead = places[0].coc.lead if places else lead_of_mailbox(mailbox)
    return Addressee(lead) if lead else None


def addressee_at(addresses: Sequence[str]) -> Addressee | None:
    """By a Lead's further addresses first, in the mail's own order, else by a main one. `addresses` in lower case."""
    is_further = SupportAddress.is_active & func.lower(SupportAddress.address).in_(addresses)
    is_main = (Lead.support_address != "") & func.lower(Lead.support_address).in_(addresses)
    either = or_(SupportAddress.id.is_not(None), is_main)
    query = select(Lead, SupportAddress).outerjoin(SupportAddress, (SupportAddress.lead_id == Lead.id) & is_further)
    rows = db.session.execute(query.where(either).order_by(Lead.id)).all()
    further = [address for _, address in rows if address is not None]
    if further:
        first = min(further, key=lambda row: addresses.index(row.address.lower()))
        return Addressee(first.lead, first)
    return Addressee(rows[0][0]) if rows else None


def lead_with_address(addresses: Sequence[str]) -> Lead | None:
    found = addressee_at(addresses)
    return found.lead if found else None


def are_ours(addresses: Collection[str]) -> set[str]:
    """Which of these, in lower case and without a token, are addresses of this service or of any help desk in it."""
    own = current_app.config["HEARTHDESK"].mail_from.lower()
    main = select(func.lower(Lead.support_address)).where(func.lower(Lead.support_address).in_(addresses))
    further = select(func.lower(SupportAddress.address)).where(func.lower(SupportAddress.address).in_(addresses))
    return {own, *db.session.scalars(main.union(further))} & set(addresses)


def lead_of_mailbox(mailbox: str) -> Lead | None:
    """The only Lead there is; among several the one with the fetched mailbox's own address, and nobody for what
    a mail server hands over by itself."""
    leads = db.session.scalars(select(Lead).order_by(Lead.id).limit(2)).all()
    if len(leads) < 2 or mailbox == STDIN:
        return leads[0] if len(leads) == 1 else None
    user = next((box.user for box in mailboxes() if box.name == mailbox), "")
    return lead_with_address([user.lower()]) if user else None


def first_lead() -> Lead | None:
    """Who answers what can be read and was written to nobody in particular."""
    return db.session.scalar(select(Lead).order_by(Lead.id).limit(1))


def belongs_to(lead_ids: Collection[int]) -> ColumnElement[bool]:
    """Mail of these Leads, as a condition; what names no Lead goes by the mailbox it lay in."""
    theirs = [of for of, owner in _sources() if owner is not None and owner.id in lead_ids]
    return or_(InboundMessage.lead_id.in_(lead_ids), and_(InboundMessage.lead_id.is_(None), or_(false(), *theirs)))


def of_nobody() -> ColumnElement[bool]:
    """Quarantined mail that no Lead sees, as a condition."""
    unowned = [of for of, owner in _sources() if owner is None]
    waits = and_(InboundMessage.state == InboundState.QUARANTINED, InboundMessage.lead_id.is_(None))
    return and_(waits, or_(false(), *unowned))


def _sources() -> list[tuple[ColumnElement[bool], Lead | None]]:
    """Each mailbox that is fetched, what a mail server hands over, and mailboxes of former times: with their owners."""
    column, names = InboundMessage.mailbox, [box.name for box in mailboxes()]
    fetched = [(column == name, lead_of_mailbox(name)) for name in names]
    return [
        *fetched,
        (column == STDIN, lead_of_mailbox(STDIN)),
        (column.not_in([STDIN, *names]), lead_of_mailbox("")),
    ]
