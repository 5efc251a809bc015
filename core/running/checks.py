"""Lines of the doctor's report that a package adds; core knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One line of the report; `advice` says what to do about a problem, or about something that may stay so."""

    name: str
    ok: bool
    found: str
    advice: str = ""


Look = Callable[[], Check | None]
_added: list[Look] = []


def add_check(look: Look) -> Look:
    """Ask `look` too, where the schema is current; None is nothing to say. A package calls it when it is imported."""
    _added.append(look)
    return look


def added() -> Iterator[Check]:
    yield from (told for look in _added if (told := look()))
