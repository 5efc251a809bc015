"""`hearthdesk audit verify`: whether the trail is as it was written."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from core.running.attach import attached_app


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool) -> None:
    """Walk every chain; exit 1 and name each event that was changed or is missing."""
    from core.audit import verify as breaks

    with attached_app():
        found = list(breaks())
    if as_json:
        click.echo(json.dumps({"intact": not found, "broken": [asdict(one) for one in found]}))
    else:
        for one in found:
            click.echo(f"Chain {one.chain}, event {one.seq} (row {one.event_id}): {one.reason}.")
        click.echo("The trail is intact." if not found else f"{len(found)} breaks.")
    ctx.exit(1 if found else 0)


commands = [audit]
