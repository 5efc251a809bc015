"""Looking a list over, and sending what is good of it: each row once, whatever is pressed or repeated (MO-LI-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.db import db
from core.errors import Conflict, DomainError
from core.once import KeyUsed
from core.people.addresses import looked_up
from core.people.models import Agency, Person
from core.policy import Policy
from licensing.access import services as access
from licensing.access.ground import hold, policy_in_force
from licensing.access.services import Asked, CannotBeGranted, Known
from licensing.bulk import sheet
from licensing.bulk.models import Batch, BatchState
from licensing.bulk.sheet import Read


def preview(agency: Agency, by: Person, name: str, rows: Sequence[Read], once: str, at: datetime) -> Batch:
    """Keep the list with the answer to each row; nothing is asked yet. The same key again is the same list.

    What looks like a client's personal data is left out of what is kept (MO-HD-5).
    """
    hold(agency)
    rows = [sheet.kept(one) for one in rows]
    if earlier := db.session.scalar(select(Batch).where(Batch.once == once)):
        same = [row["values"] for row in earlier.rows] == [one.values for one in rows]
        if (earlier.agency_id, earlier.by_id) != (agency.id, by.id) or not same:
            raise KeyUsed
        return earlier
    batch = Batch(
        lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, agency=agency, by_id=by.id, by=by, at=at,
        name=name[:300], rows=_looked_over(agency, by, rows, once, at), once=once,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    record("access.batch_read", batch, data={"rows": len(batch.rows), "good": len(batch.good)})
    return batch


def _looked_over(agency: Agency, by: Person, rows: Sequence[Read], once: str, at: datetime) -> list[dict[str, Any]]:
    policy, known = policy_in_force(agency.coc, at), _known(agency, by, [one.values for one in rows], at)
    first_lines: dict[str, int] = {}
    told: list[dict[str, Any]] = []
    for one in rows:
        address = one.values["email"].casefold()
        problems = _problems(agency, by, one.values, policy, f"{once[:60]}:{one.line}", at, known)
        if one.refused:
            problems = [sheet.refused(column, label) for column, label in one.refused.items()]
        elif address and address in first_lines:
            says = f"The address is that of line {first_lines[address]} too."
            problems = [{"column": "email", "says": says, "advice": "Keep one of them.", "rule": ""}]
        first_lines.setdefault(address, one.line)
        told.append({"line": one.line, "values": one.values, "problems": problems, "request": None})
    return told


def _known(agency: Agency, by: Person, rows: Sequence[dict[str, str]], at: datetime) -> Known:
    """The agency is held, so that nobody asks meanwhile."""
    return Known.of(agency, by, [looked_up(values["email"]) for values in rows if values["email"]], at)


def _problems(
    agency: Agency, by: Person, values: dict[str, str], policy: Policy, once: str, at: datetime, known: Known
) -> list[dict[str, str]]:
    try:
        access.must_be_possible(agency, by, sheet.asked(values, agency, policy, once), at, known)
    except DomainError as error:
        return told(error)
    return []


def told(error: DomainError) -> list[dict[str, str]]:
    """Every reason there is, each at its column."""
    if isinstance(error, CannotBeGranted):
        return [
            {"column": one.field, "says": one.sentence, "advice": one.advice, "rule": one.rule or ""}
            for one in error.refusals
        ]
    return [sheet.problem(error)]


def send(batch: Batch, by: Person, at: datetime) -> int:
    """Ask for every row that is still good, and say of each other why not. Returns how many were asked for.

    Rows are looked at again: since the preview somebody may have asked for the same person. Raises Conflict for a
    list that is over.
    """
    hold(batch.agency)
    db.session.refresh(batch, with_for_update={"of": Batch})
    if batch.state is not BatchState.PREVIEW:
        raise Conflict(f"This list was {batch.state} before.", "Its rows say what became of them.")
    policy = policy_in_force(batch.agency.coc, at)
    known = _known(batch.agency, by, [row["values"] for row in batch.rows if not row["problems"]], at)
    rows = [_sent(batch, by, dict(row), policy, at, known) for row in batch.rows]
    batch.rows, batch.state, batch.closed_at = rows, BatchState.SENT, at
    count = sum(row["request"] is not None for row in rows)
    record("access.batch_sent", batch, data={"asked": count, "left": len(rows) - count})
    return count


def _sent(batch: Batch, by: Person, row: dict[str, Any], policy: Policy, at: datetime, known: Known) -> dict[str, Any]:
    if row["problems"]:
        return row
    once = f"{batch.once[:60]}:{row['line']}"
    try:
        asked: Asked = sheet.asked(row["values"], batch.agency, policy, once)
        access.must_be_possible(batch.agency, by, asked, at, known)
    except DomainError as error:
        return row | {"problems": told(error)}
    return row | {"request": access.request_access(batch.agency, by, asked, at, known).id}


def discard(batch: Batch, at: datetime) -> None:
    if batch.state is not BatchState.PREVIEW:
        raise Conflict(f"This list was {batch.state} before.", "Its rows say what became of them.")
    batch.state, batch.closed_at = BatchState.DISCARDED, at
    record("access.batch_discarded", batch, data={"rows": len(batch.rows)})
