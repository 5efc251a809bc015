"""Whose a mail is: the Lead that it was written to, that its sender belongs to, or that owns the mailbox."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.db import db
from core.people.models import Lead
from core.people.services import agencies_of, person_by_email
from helpdesk.mail.models import InboundMessage, InboundState
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import without_token

STDIN = "stdin"


def lead_for(parsed: Parsed, mailbox: str, at: datetime) -> Lead | None:
    """The Lead whose support address it was sent to, else the sender's own, else the one who owns the mailbox."""
    addresses = [without_token(address) for address in parsed.recipients]
    if found := lead_with_address(addresses):
        return found
    person = person_by_email(parsed.sender)
    places = agencies_of(person.id, at) if person else []
    return places[0].coc.lead if places else lead_of_mailbox(mailbox)


def lead_of_mailbox(mailbox: str) -> Lead | None:
    """The only Lead there is; among several the one with the fetched mailbox's own address, and nobody for what
    a mail server hands over by itself."""
    leads = db.session.scalars(select(Lead).order_by(Lead.id).limit(2)).all()
    if len(leads) < 2 or mailbox == STDIN:
        return leads[0] if len(leads) == 1 else None
    user = unquote(urlsplit(current_app.config["HEARTHDESK"].imap_url or "").username or "")
    return lead_with_address([user.lower()]) if user else None


def first_lead() -> Lead | None:
    """Who answers what can be read and was written to nobody in particular."""
    return db.session.scalar(select(Lead).order_by(Lead.id).limit(1))


def belongs_to(lead_ids: Collection[int]) -> ColumnElement[bool]:
    """Mail of these Leads, as a condition; what names no Lead goes by the mailbox it lay in."""
    theirs = [of for of, owner in _mailboxes() if owner is not None and owner.id in lead_ids]
    return or_(InboundMessage.lead_id.in_(lead_ids), and_(InboundMessage.lead_id.is_(None), or_(false(), *theirs)))


def of_nobody() -> ColumnElement[bool]:
    """Quarantined mail that no Lead sees, as a condition."""
    unowned = [of for of, owner in _mailboxes() if owner is None]
    waits = and_(InboundMessage.state == InboundState.QUARANTINED, InboundMessage.lead_id.is_(None))
    return and_(waits, or_(false(), *unowned))


def _mailboxes() -> list[tuple[ColumnElement[bool], Lead | None]]:
    """What is fetched, and what a mail server hands over: each with its owner."""
    column = InboundMessage.mailbox
    return [(column != STDIN, lead_of_mailbox("")), (column == STDIN, lead_of_mailbox(STDIN))]


def lead_with_address(addresses: list[str]) -> Lead | None:
    """`addresses` in lower case."""
    named = select(Lead).where(Lead.support_address != "", func.lower(Lead.support_address).in_(addresses))
    return db.session.scalar(named.order_by(Lead.id).limit(1))
