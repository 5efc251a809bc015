"""What the tests of incoming mail do over and over."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db import db, unit_of_work
from core.outbox import OutboxMessage
from core.people.models import Person
from helpdesk.mail.models import InboundMessage
from helpdesk.mail.services import Outcome, receive
from helpdesk.mail.tokens import reply_address
from helpdesk.tickets import services
from helpdesk.tickets.models import Ticket
from tests.mail.writing import mail
from tests.support.factories import World
from tests.tickets.acting import fresh


def write(world: World, sender: Person | str, text: str = "It does not work.", **headers: str) -> Outcome:
    """A mail to the Lead's address, or to the one given, taken in."""
    address = sender.email if isinstance(sender, Person) else sender
    headers.setdefault("to", world.lead.support_address)
    return receive(mail(address, text=text, **headers))


def asked(world: World, sender: Person | str = "", **headers: str) -> Ticket:
    """A ticket that came by mail."""
    outcome = write(world, sender or world.end_user, **headers)
    assert outcome.outcome == "ticket", outcome
    return fresh(outcome.ticket)


def token_of(ticket: Ticket, person: Person | None = None) -> str:
    """Where an answer to our mail to this person goes; to nobody in particular without one."""
    return reply_address(ticket.id, person.id if person else None, ticket.lead.support_address)


def with_the_lead(ticket: Ticket, world: World) -> Ticket:
    """The same ticket, after its agency's administrator has forwarded it."""
    with unit_of_work():
        services.forward_up(fresh(ticket.id), world.administrator, "Not a setting of ours.", ticket.opened_at)
    return fresh(ticket.id)


def kept() -> list[InboundMessage]:
    return list(db.session.scalars(select(InboundMessage).order_by(InboundMessage.id)).all())


def sent_to(address: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.address == address).order_by(OutboxMessage.id)
        ).all()
    )


def tickets() -> int:
    return db.session.scalar(select(func.count()).select_from(Ticket)) or 0


def bounce(of: OutboxMessage | None, failed: str, status: str = "5.1.1", message_id: str = "") -> bytes:
    """A delivery report as a mail server writes it, with the headers of the mail it is about."""
    named = of.message_id if of else message_id
    action = "failed" if status.startswith("5") else "delayed"
    return "\r\n".join(
        [
            "From: MAILER-DAEMON@mx.agency.test",
            "To: help@hearthdesk.test",
            "Subject: Undelivered Mail Returned to Sender",
            "Auto-Submitted: auto-replied",
            f"Message-ID: <{abs(hash((named, failed, status)))}@mx.agency.test>",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "This is the mail system. Your message could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.agency.test",
            "",
            f"Final-Recipient: rfc822; {failed}",
            f"Action: {action}",
            f"Status: {status}",
            f"Diagnostic-Code: smtp; {status.replace('.', '')[:1]}50 no such user",
            "--b",
            "Content-Type: message/rfc822",
            "",
            "From: help@hearthdesk.test",
            f"To: {failed}",
            "Subject: Your request",
            f"Message-ID: {named}",
            "",
            "Hello",
            "--b--",
            "",
        ]
    ).encode()
