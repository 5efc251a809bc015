"""Who must be trained: whoever holds a license. Licensing stands above and says so here, as one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Select

Holders = Callable[[datetime], Select[tuple[int, int, int, int, datetime, bool]]]
_source: list[Holders] = []


def register_holders(source: Holders) -> Holders:
    """Decorator: this function gives, for an instant, one row (`person_id`, `agency_id`, `coc_id`, `lead_id`, `since`,
    `has_reporting`) for each license in force then; a person with two has two rows. `since` is when the license began.
    """
    _source[:] = [source]
    return source


def holders(at: datetime) -> Select[tuple[int, int, int, int, datetime, bool]]:
    """The statement, to be joined as a subquery. Raises RuntimeError where no package has registered."""
    if not _source:
        raise RuntimeError("nobody has said who holds a license; licensing registers it when it is imported")
    return _source[0](at)
