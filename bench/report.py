"""The command and its table."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from bench.measure import Measurement, measurements

NAME, WORK, FIGURE, GOAL = 20, 74, 16, 24


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(names: tuple[str, ...], as_json: bool) -> None:
    """Run the measurements named, or all but the long ones."""
    chosen = choose(measurements(), names)
    processors, load = os.cpu_count() or 1, round(os.getloadavg()[0], 1)
    if as_json:
        figures = [_as_json(one, one.run()) for one in chosen]
        click.echo(json.dumps({"processors": processors, "load": load, "figures": figures}, indent=2))
        return
    click.echo(f"On {processors} processors with a load of {load} from others.")
    click.echo(_line("name", "work", "figure", "goal", "verdict"))
    for one in chosen:
        if sys.stderr.isatty():
            click.echo(f"{one.name} ...\r", nl=False, err=True)
        click.echo(row(one, one.run()))


def choose(known: dict[str, Measurement], names: Iterable[str]) -> list[Measurement]:
    """Raises UsageError for a name that no measurement has."""
    asked = list(names) or [one.name for one in known.values() if not one.long]
    if strange := [name for name in asked if name not in known]:
        raise click.UsageError(f"No measurement is called {strange[0]!r}; there are: {', '.join(known)}.")
    return [known[name] for name in asked]


def row(one: Measurement, figure: float) -> str:
    goal = one.goal.say(one.unit) if one.goal else "none set"
    return _line(one.name, one.work, _said(figure, one.unit), goal, one.judge(figure))


def _line(name: str, work: str, figure: str, goal: str, verdict: str) -> str:
    return f"{name:<{NAME}}  {work:<{WORK}}  {figure:>{FIGURE}}  {goal:<{GOAL}}  {verdict}"


def _said(figure: float, unit: str) -> str:
    return f"{figure:,.0f} {unit}" if abs(figure) >= 100 else f"{figure:.3g} {unit}"


def _as_json(one: Measurement, figure: float) -> dict[str, Any]:
    goal = {"value": one.goal.value, "at_least": one.goal.at_least, "source": one.goal.source} if one.goal else None
    told = {"name": one.name, "work": one.work, "figure": round(figure, 3), "unit": one.unit}
    return {**told, "goal": goal, "verdict": one.judge(figure)}
