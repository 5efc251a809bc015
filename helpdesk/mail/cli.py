"""`hearthdesk mail ...`: a message on standard input, or what waits in the mailbox."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from core.running.attach import attached_app

MOST_LISTED = 100


@click.group()
def mail() -> None:
    """Incoming mail."""


@mail.command("receive")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def receive(as_json: bool) -> None:
    """Take one message from standard input. The exit is 0 as soon as it is safely kept."""
    raw = sys.stdin.buffer.read()
    with attached_app():
        from helpdesk.mail import services

        outcome = services.receive(raw)
    if as_json:
        click.echo(json.dumps(asdict(outcome)))
    else:
        about = f" #{outcome.ticket}" if outcome.ticket else ""
        click.echo(f"{outcome.outcome}{about}{': ' if outcome.reason else ''}{outcome.reason}")


@mail.command("fetch")
@click.option("--json", "as_json", is_flag=True, help="Print the count as JSON.")
def fetch(as_json: bool) -> None:
    """Take everything new out of the mailboxes that IMAP_URL names."""
    with attached_app():
        from helpdesk.mail.fetch import MailboxAway, fetch_mail

        try:
            count = fetch_mail()
        except MailboxAway as told:
            raise click.ClickException(f"A mailbox does not answer ({told}). Run: hearthdesk doctor") from told
    click.echo(json.dumps({"fetched": count}) if as_json else f"{count} fetched.")


@mail.command("quarantine")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def quarantine(as_json: bool) -> None:
    """List the mail that waits for a person and belongs to no HMIS Lead, oldest first, at most 100."""
    with attached_app():
        from sqlalchemy import select

        from core import ppi
        from core.db import db
        from helpdesk.mail.models import InboundMessage
        from helpdesk.mail.owners import of_nobody

        query = select(InboundMessage).where(of_nobody()).order_by(InboundMessage.id).limit(MOST_LISTED)
        rows = [
            {
                "number": row.id,
                "arrived": row.received_at.isoformat(timespec="seconds"),
                "from": row.from_address,
                "subject": ppi.mask(row.subject),
                "reason": row.reason,
            }
            for row in db.session.scalars(query)
        ]
    if as_json:
        click.echo(json.dumps(rows))
    else:
        for told in rows:
            click.echo("  ".join(str(value) for value in told.values() if value))
        click.echo("Hand one to its HMIS Lead: hearthdesk mail give NUMBER ADDRESS" if rows else "Nothing waits.")


@mail.command("give")
@click.argument("number", type=click.IntRange(1))
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def give(number: int, address: str, as_json: bool) -> None:
    """Put message NUMBER into the quarantine of the HMIS Lead whose support address is ADDRESS."""
    with attached_app():
        from core.audit import acting_as
        from core.db import unit_of_work
        from core.errors import NotFound
        from helpdesk.mail import owners, services
        from helpdesk.mail.models import InboundMessage

        lead = owners.lead_with_address([address.lower()])
        if lead is None:
            raise NotFound(f"No HMIS Lead has the support address {address}.", "Check the spelling.")
        with acting_as("system:command line"), unit_of_work() as session:
            row = session.get(InboundMessage, number, with_for_update=True)
            if row is None:
                raise NotFound(f"There is no message {number}.", "Run: hearthdesk mail quarantine")
            services.give_to(row, lead)
        told = {"number": number, "lead": lead.name}
    click.echo(json.dumps(told) if as_json else f"Message {number} is in the quarantine of {told['lead']}.")


commands = [mail]
