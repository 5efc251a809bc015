"""`hearthdesk demo`: fills an empty database with invented data."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import click

from core.running.attach import attached_app


@click.command()
@click.option("--scale", type=click.Choice(["small", "large"]), default="small", show_default=True, help="How much.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--share", type=click.FloatRange(0.0001, 1), default=1.0, hidden=True, help="So much of the large one.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def demo(scale: str, seed: int, share: float, as_json: bool) -> None:
    """Fill an empty database with invented data: a small office, or the national load model."""
    with attached_app() as app:
        _refuse_production(app.config["HEARTHDESK"].mode)
        done = _small(seed) if scale == "small" else _large(seed, share, quiet=as_json)
    click.echo(json.dumps(done) if as_json else f"{done['rows']} rows in {done['seconds']} s.")


def _refuse_production(mode: str) -> None:
    """Everybody in the demo has a password that everybody knows."""
    from core.errors import Conflict

    if mode == "production":
        raise Conflict("Demo data does not go into a production service.", "Set HEARTHDESK_MODE=demo for a trial.")


def _small(seed: int) -> dict[str, Any]:
    from core import clock
    from demo.measure import counted
    from demo.signins import sign_ins
    from demo.small import load_small

    done = counted(lambda: load_small(seed, clock.now()))
    return {"scale": "small", "seed": seed, **done, "sign_ins": sign_ins()}


def _large(seed: int, share: float, *, quiet: bool) -> dict[str, Any]:
    from core import clock
    from demo.large import load_large
    from demo.measure import counted
    from demo.national import NATIONAL

    model = NATIONAL.scaled(share)
    done = counted(lambda: load_large(model, seed, clock.now(), partial(click.echo, err=quiet)))
    return {"scale": "large", "seed": seed, "share": share, **done}


commands = [demo]
