"""`hearthdesk deadlines ...` and `hearthdesk outbox ...`: what the sweeper does, by hand."""

from __future__ import annotations

import json

import click

from core.running.attach import attached_app


@click.group()
def deadlines() -> None:
    """What is due."""


@deadlines.command("sweep")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def sweep(as_json: bool) -> None:
    """Fire everything that is due now, once."""
    from core.deadlines.sweep import fire_due

    with attached_app():
        count = fire_due()
    click.echo(json.dumps({"fired": count}) if as_json else f"{count} handled.")


@click.group()
def outbox() -> None:
    """Outgoing mail."""


@outbox.command("drain")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def drain(as_json: bool) -> None:
    """Send everything that is queued now."""
    from core.outbox import drain as send

    with attached_app():
        count = send()
    click.echo(json.dumps({"sent": count}) if as_json else f"{count} sent.")


commands = [deadlines, outbox]
