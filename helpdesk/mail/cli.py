"""`hearthdesk mail ...`: a message on standard input, or what waits in the mailbox."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from core.running.attach import attached_app


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
    """Take everything new out of the mailbox that IMAP_URL names."""
    with attached_app():
        from helpdesk.mail.fetch import MailboxAway, fetch_mail

        try:
            count = fetch_mail()
        except MailboxAway as told:
            raise click.ClickException(f"The mailbox does not answer ({told}). Run: hearthdesk doctor") from told
    click.echo(json.dumps({"fetched": count}) if as_json else f"{count} fetched.")


commands = [mail]
