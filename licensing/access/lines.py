"""Lines of the eligibility list that other rooms answer for: a room registers what it knows of many requests at once.

A line with the key of one that the manual's gate has stands in its place; another is added at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from licensing.access.models import AccessRequest
from licensing.access.rules import Line

Source = Callable[[Sequence[AccessRequest], datetime], dict[int, Line]]
_sources: list[Source] = []


def line_of(source: Source) -> Source:
    """Decorator: the function answers with one line for each request it knows something of, in few queries."""
    if source not in _sources:
        _sources.append(source)
    return source


def registered(requests: Sequence[AccessRequest], at: datetime) -> dict[int, list[Line]]:
    """Everything that the rooms know, by the request's id."""
    told: dict[int, list[Line]] = {request.id: [] for request in requests}
    for source in _sources:
        for number, line in source(requests, at).items():
            told[number].append(line)
    return told


def joined(lines: list[Line], more: Sequence[Line]) -> list[Line]:
    known = {line.key: line for line in more}
    placed = [known.pop(line.key, line) for line in lines]
    return placed + list(known.values())
