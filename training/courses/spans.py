"""Which parts of a video were watched: unions of spans, and what a report can be believed to say. Pure.

Times of the video are whole milliseconds from its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

Span = tuple[int, int]
FASTEST = 2
LONGEST_REPORT = timedelta(seconds=60)
MOST_SPANS = 50


def union(spans: Iterable[Sequence[int]]) -> list[Span]:
    """The same time, each part once, in order."""
    joined: list[Span] = []
    for begin, end in sorted((int(a), int(b)) for a, b in spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > begin:
            joined.append((begin, end))
    return joined


def length(spans: Iterable[Sequence[int]]) -> int:
    return sum(end - begin for begin, end in union(spans))


def read(given: object, duration: int) -> list[Span]:
    """The spans of a report. Raises ValueError for anything that no player of ours sends."""
    if not isinstance(given, list) or len(given) > MOST_SPANS:
        raise ValueError("A report is a list of spans.")
    return [_span(one, duration) for one in given]


def _span(given: object, duration: int) -> Span:
    match given:
        case [int(begin), int(end)] if not isinstance(begin, bool) and 0 <= begin < end <= duration + 1000:
            return begin, min(end, duration)
    raise ValueError("A span is two times within the video, in milliseconds.")


def believed(reported: Iterable[Span], since_last: timedelta) -> list[Span]:
    """As much of a report as can have been watched since the last one, at twice the speed at most; from its beginning.

    A player reports every few seconds, so that a long silence gives no credit for more than LONGEST_REPORT.
    """
    left = int(min(max(since_last, timedelta()), LONGEST_REPORT).total_seconds() * 1000) * FASTEST
    kept: list[Span] = []
    for begin, end in reported:
        until = min(end, begin + left)
        left -= max(until - begin, 0)
        if until > begin:
            kept.append((begin, until))
    return kept


def missing(spans: Iterable[Sequence[int]], duration: int) -> list[Span]:
    """What was not watched yet."""
    gaps, at = [], 0
    for begin, end in union(spans):
        if begin > at:
            gaps.append((at, begin))
        at = max(at, end)
    return [*gaps, (at, duration)] if at < duration else gaps


def is_watched(spans: Iterable[Sequence[int]], duration: int, tolerance: int) -> bool:
    """Whether all but `tolerance` percent was watched; exactly so much is enough."""
    return length(spans) * 100 >= duration * (100 - tolerance)


def percent(spans: Iterable[Sequence[int]], duration: int) -> int:
    """Rounded down: 100 means all of it."""
    return length(spans) * 100 // duration if duration else 0


def clock(milliseconds: int) -> str:
    """1:05, or 1:02:05 from an hour on."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
