"""Where the agency's agreement stands. Whoever keeps agreements says so; until somebody does, people confirm it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Agreement:
    """The one in force, or under way, on a day: signed by the agency, countersigned by the Lead; none: not yet."""

    signed_on: date | None = None
    countersigned_on: date | None = None


Source = Callable[[int, datetime], Agreement | None]
_sources: list[Source] = []


def register_agreement_source(source: Source) -> Source:
    """Decorator: this function knows the agreement of an agency, by its id, at an instant."""
    if source not in _sources:
        _sources.append(source)
    return source


def agreement_of(agency_id: int, at: datetime) -> Agreement | None:
    """None: the service keeps none, so that people confirm the signing."""
    return next((told for source in _sources if (told := source(agency_id, at)) is not None), None)
