"""COPY text: rows as lines, instants as text, audit chains. Times here are whole seconds since 1970, UTC.

Everything in this file runs tens of millions of times for the national model, which is why it writes text by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from itertools import count
from typing import Any, Protocol

from core.audit.services import GENESIS

NULL = r"\N"
DAY = 86_400
CLOCK = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY)]

COLUMNS = {
    "ticket": "id lead_id coc_id agency_id requester_id requester_address requester_name subject category state "
    "priority channel tier holder_agency_id holder_person_id opened_by_id opened_at last_activity_at "
    "first_answered_at closed_at resolution search_text",
    "ticket_message": "id ticket_id kind author_id address text html quoted at message_id is_internal has_ppi act",
    "tier_stay": "id ticket_id tier holder_agency_id holder_person_id since until moved_by_id reason rule explanation",
    "ticket_change": "id ticket_id at action state tier",
    "audit_event": "id chain seq at actor_id actor action subject_type subject_id agency_id data previous hash",
}


class Ids(Protocol):
    """The next id of each table."""

    def __getitem__(self, table: str) -> Iterator[int]: ...


class Counters(dict[str, Iterator[int]]):
    """Ids from `start`, every `stride`-th: several writers with starts of their own never meet."""

    def __init__(self, start: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.start, self.stride = start, stride

    def __missing__(self, table: str) -> Iterator[int]:
        self[table] = count(self.start, self.stride)
        return self[table]


@lru_cache(maxsize=10_000)
def day_text(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def instant(at: int) -> str:
    """As the audit trail spells it, which PostgreSQL reads too."""
    return f"{day_text(at // DAY)}T{CLOCK[at % DAY]}.000000+00:00"


def maybe(at: int | None) -> str:
    return NULL if at is None else instant(at)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def canonical(data: Any) -> str:
    """JSON spelled as the audit trail's hash is made over."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def cell(value: Any) -> str:
    """Any value of a row that is not written by hand."""
    match value:
        case None:
            return NULL
        case bool():
            return "t" if value else "f"
        case int():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return "\\\\x" + value.hex()
        case dict() | list():
            return escaped(canonical(value))
    return escaped(str(value))


# A table, its columns, the number of rows and their text.
Batch = tuple[str, str, int, bytes]


class Sheets:
    """Lines of COPY text by table, in the order they were written."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self.columns = dict(COLUMNS)

    def of(self, table: str) -> list[str]:
        return self.lines.setdefault(table, [])

    def add(self, table: str, row: dict[str, Any]) -> None:
        """A row as values; every row of a table has the same columns in the same order."""
        self.columns.setdefault(table, " ".join(row))
        self.of(table).append("\t".join(map(cell, row.values())) + "\n")

    def take(self) -> list[Batch]:
        """Everything written so far; the sheets are empty again."""
        filled = [(table, lines) for table, lines in self.lines.items() if lines]
        self.lines = {}
        return [(table, self.columns[table], len(lines), "".join(lines).encode()) for table, lines in filled]


# at, actor id or "null", actor, action, subject type, subject id, agency id or "null", data as canonical JSON
Event = tuple[int, int | str, str, str, str, int, int | str, str]


class Chain:
    """One Lead's audit chain, told in order of time."""

    def __init__(self, chain: int, ids: Ids, seq: int = 0, head: bytes = GENESIS) -> None:
        self.chain, self.ids, self.seq, self.head = chain, ids["audit_event"], seq, head

    def extend(self, events: Iterable[Event], lines: list[str]) -> None:
        chain, seq, head, ids, write = self.chain, self.seq, self.head, self.ids, lines.append
        shown = head.hex()
        for at, actor_id, actor, action, kind, subject, agency, data in events:
            seq += 1
            when = f"{day_text(at // DAY)}T{CLOCK[at % DAY]}.000000+00:00"
            body = f'[{chain},{seq},"{when}",{actor_id},"{actor}","{action}","{kind}",{subject},{agency},{data}]'
            head = sha256(head + body.encode()).digest()
            before, shown = shown, head.hex()
            who = NULL if actor_id == "null" else actor_id
            where = NULL if agency == "null" else agency
            write(
                f"{next(ids)}\t{chain}\t{seq}\t{when}\t{who}\t{actor}\t{action}\t{kind}\t{subject}\t{where}\t{data}"
                f"\t\\\\x{before}\t\\\\x{shown}\n"
            )
        self.seq, self.head = seq, head
