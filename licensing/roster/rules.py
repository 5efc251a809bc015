"""What the roster says of an agency: a word for each column, and the rule where it is out. Pure. Rules: HUD-LI-1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from core.policy import Policy
from core.policy.values import Cycle
from core.policy.vocabulary import CycleName, ListName
from core.workcalendar import Months, Years


class Column(StrEnum):
    LICENSES = "licenses"
    TRAINING = "training"
    AGREEMENT = "agreement"
    DATA = "data"
    FEES = "fees"
    VIOLATIONS = "violations"


LABELS = {
    Column.LICENSES: "Licenses",
    Column.TRAINING: "Training",
    Column.AGREEMENT: "Agreement",
    Column.DATA: "Data quality",
    Column.FEES: "Fees",
    Column.VIOLATIONS: "Violations",
}


class Mark(StrEnum):
    """UNKNOWN: not kept here. NONE: nothing to hold against anybody."""

    OK = "ok"
    OUT = "out"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    """A mark, in words, and the rule it rests on."""

    mark: Mark
    words: str
    rule: str = ""

    @property
    def is_out(self) -> bool:
        return self.mark is Mark.OUT


NOT_KEPT = Cell(Mark.UNKNOWN, "Not kept here")


@dataclass(frozen=True)
class Facts:
    """What was so at an agency on the day. `more` is what other rooms say: fees and violations."""

    licenses: int = 0
    suspended: int = 0
    behind: int = 0
    has_agreement: bool = False
    agreement_until: str = ""
    signed_off: date | None = None
    more: Mapping[Column, Cell] = field(default_factory=dict)


def line(facts: Facts, policy: Policy, today: date) -> dict[Column, Cell]:
    """The agency's cells, in the order of the columns (HUD-LI-1)."""
    return {
        Column.LICENSES: _licenses(facts, policy),
        Column.TRAINING: _training(facts, policy),
        Column.AGREEMENT: _agreement(facts, policy),
        Column.DATA: _data(facts, policy, today),
        Column.FEES: facts.more.get(Column.FEES, NOT_KEPT),
        Column.VIOLATIONS: facts.more.get(Column.VIOLATIONS, NOT_KEPT),
    }


def _of_roster(policy: Policy) -> str:
    return policy.list(ListName.ROSTER_COLUMNS).rule if policy.has(ListName.ROSTER_COLUMNS) else ""


def _licenses(facts: Facts, policy: Policy) -> Cell:
    if not facts.licenses:
        return Cell(Mark.NONE, "No license")
    if facts.suspended:
        return Cell(Mark.OUT, f"{facts.suspended} of {facts.licenses} suspended", _of_roster(policy))
    return Cell(Mark.OK, f"{facts.licenses} valid")


def _training(facts: Facts, policy: Policy) -> Cell:
    if facts.behind:
        who = "1 person is" if facts.behind == 1 else f"{facts.behind} people are"
        return Cell(Mark.OUT, f"{who} late", _training_rule(policy))
    return Cell(Mark.OK, "Current") if facts.licenses else Cell(Mark.NONE, "Nobody to train")


def _training_rule(policy: Policy) -> str:
    """The community's own, which asks for it every year; else that of the roster."""
    named = (CycleName.RECERTIFICATION, CycleName.SECURITY_TRAINING, CycleName.GENERAL_TRAINING)
    found = next((policy.cycle(name).rule for name in named if policy.has(name)), "")
    return found or _of_roster(policy)


def _agreement(facts: Facts, policy: Policy) -> Cell:
    if not facts.has_agreement:
        return Cell(Mark.OUT, "None in force", _of_roster(policy))
    return Cell(Mark.OK, f"Until {facts.agreement_until}" if facts.agreement_until else "In force")


def period_owed(policy: Policy, today: date) -> date | None:
    """The first day of the last whole period, whose report is to be signed off; None where the manual has no cycle."""
    if not policy.has(CycleName.DATA_QUALITY_SIGN_OFF):
        return None
    return period_before(policy.cycle(CycleName.DATA_QUALITY_SIGN_OFF), today)


def period_before(cycle: Cycle, today: date) -> date:
    if not isinstance(cycle.every, Months | Years):
        return today - timedelta(days=7)
    months = max(1, cycle.every.count * (12 if isinstance(cycle.every, Years) else 1) // cycle.times)
    begun = (today.year * 12 + today.month - 1) // months * months - months
    return date(begun // 12, begun % 12 + 1, 1)


def _data(facts: Facts, policy: Policy, today: date) -> Cell:
    owed = period_owed(policy, today)
    if owed is None:
        return Cell(Mark.NONE, f"Signed off {_month(facts.signed_off)}" if facts.signed_off else "Not asked for")
    rule = policy.cycle(CycleName.DATA_QUALITY_SIGN_OFF).rule
    if facts.signed_off is None or facts.signed_off < owed:
        return Cell(Mark.OUT, f"{_month(owed)} not signed off", rule)
    return Cell(Mark.OK, f"{_month(facts.signed_off)} signed off")


def _month(period: date) -> str:
    return f"{period:%b %Y}"


def is_out(cells: Mapping[Column, Cell]) -> bool:
    return any(cell.is_out for cell in cells.values())


def why_out(cells: Mapping[Column, Cell]) -> str:
    """Every reason in a sentence, each with its rule."""
    told = (
        f"{LABELS[column]}: {cell.words}" + (f" ({cell.rule})" if cell.rule else "")
        for column, cell in cells.items()
        if cell.is_out
    )
    return "; ".join(told)
