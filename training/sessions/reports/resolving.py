"""From a file to people and instants: which product it is, then its times in the zone that somebody has named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

from training.sessions.reports import meet, teams, zoom_meeting, zoom_webinar
from training.sessions.reports.reading import EXPORT, Table, is_blank, table, told
from training.sessions.reports.report import NAMES, Entry, Product, Raw, Report, ReportProblem, Said, Sort
from training.sessions.reports.times import LONGEST, Order, Stamp, order_of, readings, stamp

READERS: dict[Product, ModuleType] = {
    Product.ZOOM_WEBINAR: zoom_webinar,
    Product.MEET: meet,
    Product.TEAMS: teams,
    Product.ZOOM_MEETING: zoom_meeting,
}
ROUNDING = timedelta(seconds=60)  # a duration in whole minutes is as good as the times it was made of


@dataclass(frozen=True)
class Window:
    """The official beginning and end, aware."""

    starts: datetime
    ends: datetime


def recognized(data: bytes, said: Product | None = None) -> Raw:
    """What the file says. Raises ReportProblem for what is no report known here, or not the one it is said to be."""
    cells = table(data)
    if said is not None:
        if not READERS[said].recognizes(cells):
            raise ReportProblem(
                f"This is no report of the kind “{NAMES[said]}”.", "Choose another kind, or let it be found."
            )
        return _read(READERS[said], cells)
    for reader in READERS.values():
        if reader.recognizes(cells):
            return _read(reader, cells)
    header = next((row for row in cells.rows if not is_blank(row)), [])
    raise ReportProblem(f"This is no attendance report known here: its first line has {told(header)}.", EXPORT)


def _read(reader: ModuleType, cells: Table) -> Raw:
    raw: Raw = reader.read(cells)
    raw.rows = [row for row in raw.rows if row.name or row.email]
    if not raw.rows:
        raise ReportProblem("This report lists nobody who was there.", "Is it the report of this session?")
    return raw


def resolved(raw: Raw, zone: ZoneInfo, window: Window, said: Order | None = None) -> Report:
    """The same with instants. Raises AmbiguousDates where somebody has to say which number is the month."""
    stamps = {text: stamp(text) for row in raw.rows for text in (row.joined, row.left) if text}
    order = order_of(stamps.values(), said)
    notes, entries = list(raw.notes), []
    for row in raw.rows:
        entry = _entry(row, stamps, _Reading(zone, window, order))
        if entry is None:
            notes.append(f"{row.name or row.email} leaves before joining in one row, which is left out.")
        else:
            entries.append(entry)
    return Report(raw.product, entries, notes)


@dataclass(frozen=True)
class _Reading:
    zone: ZoneInfo
    window: Window
    order: Order | None

    def instants(self, one: Stamp) -> list[datetime]:
        day = one.dated(self.order)
        if day is not None:
            return readings(day, one.clock, self.zone, one.offset)
        first = self.window.starts.astimezone(self.zone).date()
        days = [first + timedelta(days=by) for by in (-1, 0, 1)]
        return [at for each in days for at in readings(each, one.clock, self.zone, None)]


def _entry(row: Said, stamps: dict[str, Stamp], how: _Reading) -> Entry | None:
    if row.sort is Sort.TOTAL:
        return Entry(row.name, row.email, Sort.TOTAL, None, None, row.seconds)
    joins = how.instants(stamps[row.joined])
    if not row.left:
        return Entry(row.name, row.email, Sort.OPEN, min(joins, key=lambda at: _away(at, how.window)), None, None)
    pair = _pair(joins, how.instants(stamps[row.left]), row.seconds if row.sort is Sort.SEGMENT else None, how.window)
    if pair is None:
        return None
    joined, left = pair
    sort = row.sort
    if sort is Sort.SPAN and (row.seconds is None or timedelta(seconds=row.seconds) + ROUNDING >= left - joined):
        sort = Sort.SEGMENT
    return Entry(row.name, row.email, sort, joined, left, row.seconds)


def _pair(
    joins: list[datetime], leaves: list[datetime], lasted: int | None, window: Window
) -> tuple[datetime, datetime] | None:
    """Which reading of each: of the night the clocks change, the one that lasted as long as the report says; else the
    shortest stay, and of those the one nearest to the session."""
    pairs = [(join, leave) for join in joins for leave in leaves if timedelta() <= leave - join <= LONGEST]
    if not pairs:
        return None

    def rank(pair: tuple[datetime, datetime]) -> tuple[float, timedelta, datetime]:
        join, leave = pair
        stay = leave - join
        off = abs(stay.total_seconds() - lasted) if lasted is not None else stay.total_seconds()
        return off, _away(join, window), join

    return min(pairs, key=rank)


def _away(at: datetime, window: Window) -> timedelta:
    """How far an instant is from the session."""
    return max(window.starts - at, at - window.ends, timedelta())


def misses(report: Report, raw: Raw, zone: ZoneInfo, window: Window, said: Order | None) -> str:
    """Why this cannot be the session's report, in a sentence; empty where it may be."""
    timed = [(e.joined, e.left or window.ends) for e in report.entries if e.joined is not None]
    if not timed:
        timed = _meeting(raw, zone, window, said)
    if not timed or any(join < window.ends and leave > window.starts for join, leave in timed):
        return ""
    first, last = min(join for join, _ in timed), max(leave for _, leave in timed)
    shown = [_shown(at, zone) for at in (first, max(last, first))]
    return f"Nobody in it was there during the session: its times are from {shown[0]} to {shown[1]}."


def _meeting(raw: Raw, zone: ZoneInfo, window: Window, said: Order | None) -> list[tuple[datetime, datetime]]:
    """The meeting's own times, where a report of totals has them and they can be read."""
    if len(raw.about) != 2:
        return []
    try:
        stamps = [stamp(text) for text in raw.about]
        order = order_of(stamps, said)
    except ReportProblem:
        return []
    begins, ends = (_Reading(zone, window, order).instants(one) for one in stamps)
    pair = _pair(begins, ends, None, window)
    return [pair] if pair else []


def _shown(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(UTC).astimezone(zone)
    return f"{local:%b} {local.day}, {local:%Y}, {local:%I:%M %p}".replace(", 0", ", ")
