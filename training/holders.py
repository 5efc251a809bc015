"""What the packages above tell training: who holds a license, and who looks after an agency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select, SQLColumnExpression

Instant = datetime | SQLColumnExpression[datetime]
Holders = Callable[[Instant], Select[int, int, int, int, datetime, bool]]
_source: list[Holders] = []


def register_holders(source: Holders) -> Holders:
    """Decorator: this function gives, for an instant, one row (`person_id`, `agency_id`, `coc_id`, `lead_id`, `since`,
    `has_reporting`) for each license in force then; a person with two has two rows. `since` is when the license began.
    """
    _source[:] = [source]
    return source


def holders(at: Instant) -> Select[int, int, int, int, datetime, bool]:
    """The statement, to be joined as a subquery; with a column as the instant, laterally.

    Raises RuntimeError where no package has registered.
    """
    if not _source:
        raise RuntimeError("nobody has said who holds a license; licensing registers it when it is imported")
    return _source[0](at)


Looks = Callable[[int], int | None]
_looks_after: list[Looks] = []


def register_administrator(source: Looks) -> Looks:
    """Decorator: this function gives, for an agency, the person of the Lead who looks after it (MO-TR-1)."""
    _looks_after[:] = [source]
    return source


def administrator_of(agency_id: int) -> int | None:
    """The Lead's person assigned to the agency; None where nobody is, or nobody says."""
    return _looks_after[0](agency_id) if _looks_after else None
