"""Bringing the vendor's list of users, comparing it, and settling what differs. Rule: HUD-LI-5.

The file is kept as it came, and nothing follows from it before somebody has seen what was found.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from core import tables
from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, deadlines_of, meet, meet_all, open_deadlines
from core.errors import Conflict, Invalid
from core.events import publish
from core.files import store
from core.once import KeyUsed, one_at_a_time
from core.people.models import Agency, CoC, Lead
from core.people.services import closures_of
from core.policy import Decision, Policy
from core.typed import refuse_client_data
from core.ui import times
from licensing.access.services import policy_in_force
from licensing.events import LicensesSeen
from licensing.overtaken import overtaken
from licensing.reconciliation import comparing, mails, rules
from licensing.reconciliation.models import ColumnMap, Finding, HmisAccount, Reconciliation
from licensing.reconciliation.rules import KINDS, Columns, FindingState, ImportState, Kind, Vendor

CLOCK = "account-finding"


@dataclass(frozen=True)
class Brought:
    content: bytes
    name: str
    once: str


def columns_of(lead_id: int) -> Columns:
    """The Lead's own mapping; without one, the names that any product may use."""
    row = db.session.scalar(select(ColumnMap).where(ColumnMap.lead_id == lead_id))
    return Columns(row.vendor, row.titles, row.levels) if row else Columns(Vendor.OTHER)


def save_columns(lead: Lead, told: Columns, by: Principal, at: datetime) -> None:
    """From the next list on; those that were brought keep what was read of them."""
    values: dict[str, Any] = {"vendor": told.vendor, "titles": dict(told.titles), "levels": dict(told.levels)}
    values |= {"by_id": by.person_id, "at": at}
    new = insert(ColumnMap).values(lead_id=lead.id, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=["lead_id"], set_=values))
    record("reconciliation.columns", lead, lead_id=lead.id, data={**values, "at": at.isoformat()})


def bring(lead: Lead, brought: Brought, by: Principal, at: datetime) -> Reconciliation:
    """A preview. The same form, or the same file as the last, is the same list. Raises Invalid for a file that cannot
    be read, which is not kept; Conflict for one that a later list has overtaken."""
    one_at_a_time(f"reconciliation:{lead.id}")
    known = db.session.scalar(select(Reconciliation).where(Reconciliation.once == brought.once))
    if known is not None:
        if known.lead_id != lead.id or known.by_id != by.person_id:
            raise KeyUsed
        return known
    table, mapping = tables.table(brought.content), columns_of(lead.id)
    try:
        read = rules.read(mapping, table.header, table.rows, ZoneInfo(lead.tz), at)
    except rules.MappingProblem as problem:
        raise Invalid(problem.message, problem.advice, field="file") from problem
    if not read.accounts:
        raise Invalid("Nobody is listed in this file.", "Is it the list of the HMIS's users?", field="file")
    kept = store(brought.content, brought.name)
    sha256 = _digest(kept.sha256, mapping)
    if again := _again(lead, sha256):
        return again
    row = Reconciliation(
        lead_id=lead.id, file_id=kept.id, sha256=sha256, vendor=mapping.vendor, accounts=len(read.accounts),
        notes=read.notes, counts={}, by_id=by.person_id, at=at, once=brought.once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    comparing.write(row, read.accounts)
    comparing.match(row)
    row.counts = comparing.counted(row, at)
    record("reconciliation.brought", row, data={"accounts": row.accounts, "sha256": row.sha256, "found": row.counts})
    return row


def _digest(sha256: str, mapping: Columns) -> str:
    """The same file read in another way is another list."""
    told = repr((sha256, mapping.vendor, sorted(mapping.titles.items()), sorted(mapping.levels.items())))
    return hashlib.sha256(told.encode()).hexdigest()


def _again(lead: Lead, sha256: str) -> Reconciliation | None:
    """The same file once more is the list that it was, unless a later one has been compared since."""
    here = (Reconciliation.lead_id == lead.id, Reconciliation.state == ImportState.COMMITTED)
    last = db.session.scalar(select(Reconciliation).where(*here).order_by(Reconciliation.id.desc()).limit(1))
    if last is None or last.sha256 == sha256:
        return last
    earlier = select(Reconciliation).where(*here, Reconciliation.sha256 == sha256)
    found = db.session.scalar(earlier.order_by(Reconciliation.id.desc()).limit(1))
    if found is not None:
        raise Conflict(
            f"This very file was compared on {_day(found.at, lead)}, and a later list since, on {_day(last.at, lead)}.",
            "Export the list from the HMIS anew.",
            field="file",
        )
    return None


def _day(at: datetime, lead: Lead) -> str:
    return times.say_day(at.astimezone(ZoneInfo(lead.tz)).date())


# --- making it so


def accept(row: Reconciliation, at: datetime) -> dict[str, int]:
    """What differs becomes work with a clock, and what no longer differs is closed. Returns how many findings are
    `new`, `known` already, and `gone`. The row must be locked."""
    one_at_a_time(f"reconciliation:{row.lead_id}")
    _must_be_preview(row)
    _must_be_newest(row)
    comparing.match(row)
    known = _still_there(row, at)
    gone = _close_gone(row, at)
    new = _open_new(row, at)
    seen = comparing.keep_last_seen(row)
    row.state, row.committed_at = ImportState.COMMITTED, at
    row.counts = {"new": sum(new.values()), "known": known, "gone": gone, "seen": seen}
    record("reconciliation.committed", row, data={**row.counts, "kinds": new})
    publish(LicensesSeen(row.id, row.lead_id, at))
    mails.found(row, new, at)
    return row.counts


def _must_be_preview(row: Reconciliation) -> None:
    if row.state is not ImportState.PREVIEW:
        raise Conflict(f"This list is {row.state} already.", "Bring a new one to compare again.")


def _must_be_newest(row: Reconciliation) -> None:
    """An older list would close what a newer one has shown."""
    newer = select(Reconciliation.id).where(
        Reconciliation.lead_id == row.lead_id, Reconciliation.state == ImportState.COMMITTED, Reconciliation.id > row.id
    )
    if db.session.scalar(newer.limit(1)) is not None:
        raise Conflict("A newer list has been compared since.", "Discard this one, and export the list anew.")


def _still_there(row: Reconciliation, at: datetime) -> int:
    """What was open already and is in this list too stays one finding, with what the list says now."""
    told = comparing.findings(row, at)
    mine = (Finding.lead_id == row.lead_id, Finding.state == FindingState.OPEN, Finding.key == told.c.key)
    values = {"seen_in": row.id, "line": told.c.line, "last_login": told.c.last_login, "said_level": told.c.said_level}
    quiet: dict[str, Any] = {"synchronize_session": False, "preserve_rowcount": True}
    done = db.session.execute(update(Finding).where(*mine).values(values), execution_options=quiet)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _close_gone(row: Reconciliation, at: datetime) -> int:
    """What this list does not show any more is done; it says so by itself."""
    lead = db.session.get_one(Lead, row.lead_id)
    words = f"Gone by itself: the list of {_day(at, lead)} (number {row.id}) does not show it any more."
    mine = (Finding.lead_id == row.lead_id, Finding.state == FindingState.OPEN, Finding.seen_in != row.id)
    numbers = select(Finding.id).where(*mine)
    meet_all(CLOCK, Finding, numbers, at, words)
    closed = update(Finding).where(*mine).values(state=FindingState.GONE, closed_at=at, evidence=words)
    quiet: dict[str, Any] = {"synchronize_session": False, "preserve_rowcount": True}
    done = db.session.execute(closed, execution_options=quiet)
    return int(done.rowcount)  # type: ignore[attr-defined]


def _open_new(row: Reconciliation, at: datetime) -> dict[str, int]:
    """New findings with their clocks, for each community and kind one statement; by kind, how many."""
    told = comparing.findings(row, at)
    open_now = select(Finding.key).where(Finding.lead_id == row.lead_id, Finding.state == FindingState.OPEN)
    fresh = (
        select(told, Agency.coc_id.label("coc_id"))
        .outerjoin(Agency, Agency.id == told.c.agency_id)
        .where(told.c.key.not_in(open_now))
        .cte("fresh")
    )
    opened = dict[str, int]()
    groups = db.session.execute(
        select(fresh.c.kind, fresh.c.coc_id, func.count()).group_by(fresh.c.kind, fresh.c.coc_id)
    ).all()
    for kind, coc_id, number in groups:
        due = _due(row, Kind(kind), coc_id, at)
        _insert(row, fresh, (Kind(kind), coc_id), due, at)
        opened[kind] = opened.get(kind, 0) + number
    db.session.execute(db.text("analyze account_finding"))
    return opened


def _due(row: Reconciliation, kind: Kind, coc_id: int | None, at: datetime) -> Decision:
    """By the pack of the agency's community; where no agency is known, of the Lead's first."""
    coc = _coc(row.lead_id, coc_id)
    policy: Policy = policy_in_force(coc, at)
    closed = {date.fromisoformat(day): name for day, name in closures_of(row.lead_id).items()}
    return policy.due(rules.clock_of(kind), at, ZoneInfo(coc.tz), closed, "The list was compared")


def _coc(lead_id: int, coc_id: int | None) -> CoC:
    mine = select(CoC).where(CoC.lead_id == lead_id)
    mine = mine.where(CoC.id == coc_id) if coc_id is not None else mine.order_by(CoC.id).limit(1)
    return db.session.scalars(mine).one()


def _insert(row: Reconciliation, fresh: Any, group: tuple[Kind, int | None], due: Decision, at: datetime) -> None:
    kind, coc_id = group
    table = Finding.__table__.c
    fixed = {
        "lead_id": row.lead_id, "found_in": row.id, "seen_in": row.id, "at": at, "state": FindingState.OPEN,
        "evidence": "",
    }  # fmt: skip
    theirs = ["coc_id", "kind", "key", "agency_said", *comparing.KEYS]
    values = [cast(literal(value, table[name].type), table[name].type).label(name) for name, value in fixed.items()]
    of_coc = fresh.c.coc_id.is_(None) if coc_id is None else fresh.c.coc_id == coc_id
    made = select(*(fresh.c[name] for name in theirs), *values).where(fresh.c.kind == kind.value, of_coc)
    db.session.execute(insert(Finding).from_select([*theirs, *fixed], made).on_conflict_do_nothing())
    of_coc = Finding.coc_id.is_(None) if coc_id is None else Finding.coc_id == coc_id
    mine = and_(Finding.found_in == row.id, Finding.kind == kind, of_coc)
    owners = ("id", "lead_id", "coc_id", "agency_id", "person_id")
    rows: Select[Any] = select(*(table[name] for name in owners)).where(mine)
    open_deadlines(CLOCK, Finding, due, rows, title=KINDS[kind], holder="lead", warn_before=())


def discard(row: Reconciliation) -> None:
    """The list leads to nothing; the file stays on record."""
    _must_be_preview(row)
    row.state = ImportState.DISCARDED
    db.session.execute(delete(HmisAccount).where(HmisAccount.reconciliation_id == row.id))
    record("reconciliation.discarded", row)


def settle(row: Finding, evidence: str, by: Principal, at: datetime) -> None:
    """Somebody has seen to it and says what they saw. The row must be locked."""
    if row.state is FindingState.GONE:
        raise Conflict("This closed by itself: a later list does not show it any more.", "There is nothing left to do.")
    if row.closed_by is not None:
        raise overtaken(f"{row.closed_by.name} settled this", row.closed_at, ZoneInfo(row.first.lead.tz))
    if not evidence:
        raise Invalid("Say what you saw, in a few words.", "For example: the account shows as inactive.", "evidence")
    refuse_client_data(evidence, "evidence")
    row.state, row.closed_at, row.closed_by_id, row.evidence = FindingState.SETTLED, at, by.person_id, evidence
    clock = clock_of(row)
    if clock.is_open or clock.is_missed:
        meet(clock, at, "Settled.")
    record("account_finding.settled", row, data={"kind": row.kind, "evidence": evidence, "late": clock.is_late(at)})


def clock_of(row: Finding) -> Deadline:
    return deadlines_of(row, CLOCK)[0]
