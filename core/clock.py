"""The only source of time. Everything is aware UTC; rules receive `at` and never ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the one clock


_source: Source = _system


def now() -> datetime:
    """This instant, aware, in UTC."""
    return _source()


def set_source(source: Source | None) -> None:
    """Put another clock in place (simulated time); None returns to the system's."""
    global _source
    _source = source or _system


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Time stands still at `at`, which must be aware."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; the clock is always aware")
    moment = at.astimezone(UTC)
    before = _source
    set_source(lambda: moment)
    try:
        yield
    finally:
        set_source(before)
