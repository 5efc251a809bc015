"""`hearthdesk figures`: count anew what the help desk's figures are counted from."""

from __future__ import annotations

import json

import click

from core.running.attach import attached_app


@click.group()
def figures() -> None:
    """The help desk's figures."""


@figures.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def rebuild(as_json: bool) -> None:
    """Measure every ticket anew from its history, some at a time; it can be stopped and begun again."""
    from core.db import unit_of_work
    from helpdesk.reports.measuring import AT_ONCE, measure_all

    rounds = 0
    with attached_app():
        measured = measure_all()
        last: int | None = 0
        while last is not None:
            with unit_of_work():
                last = next(measured, None)
            rounds += last is not None
    if as_json:
        click.echo(json.dumps({"rounds": rounds, "tickets_in_a_round": AT_ONCE}))
    else:
        click.echo(f"Measured anew, in {rounds} rounds of at most {AT_ONCE:,} tickets.")


commands = [figures]
