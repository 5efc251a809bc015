"""Chance that comes out the same again."""

from __future__ import annotations

from random import Random


def seeded(seed: int, what: str) -> Random:
    """A generator of its own for each thing, so that more of one does not change the others."""
    return Random(f"{seed} {what}")  # noqa: S311 - invents names and dates, keeps no secrets
