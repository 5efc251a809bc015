"""The data elements that an answer key can name, and the words of their codes, read once from `elements.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("elements.toml")
STAGES = {"project-entry": "1", "update": "2", "project-exit": "3"}
"""A segment's DataCollectionStage (HUD 5.03.1)."""
TYPES = "2.02.6"


class Kind(StrEnum):
    LIST = "list"
    DATE = "date"
    MONEY = "money"
    TEXT = "text"


@dataclass(frozen=True)
class Element:
    """One column of HUD's export. `code` names it in an answer key; `is_hidden` is a value that names a person.

    `when` tells the row apart where a file has several for one person; `has_stage` that each segment has its own row.
    """

    code: str
    number: str
    name: str
    file: str
    column: str
    kind: Kind
    choices: Mapping[str, str]
    has_stage: bool
    when: Mapping[str, str]
    is_hidden: bool
    segments: tuple[str, ...]

    def fits(self, step: str) -> bool:
        """Whether a segment of this name asks for it; a segment that HUD has no name for may ask for anything."""
        return step not in STAGES or not self.segments or step in self.segments

    def words(self, value: str) -> str:
        """The value as people read it: a code's words, a date as it is written."""
        value = value.strip()
        if not value:
            return "nothing entered"
        if self.kind is Kind.LIST:
            return self.choices.get(value, f"code {value}, which the list does not have")
        if self.kind is Kind.DATE and (day := read_day(value)):
            return f"{day:%B %-d, %Y}"
        if self.kind is Kind.MONEY and (amount := _amount(value)) is not None:
            return f"${amount:,.2f}"
        return value

    def same(self, entered: str, expected: str) -> bool:
        """Whether both say the same, however they are written: 5 and 5.00, a date with its time, another case."""
        left, right = entered.strip(), expected.strip()
        if not left or not right:
            return left == right
        if self.kind is Kind.DATE:
            return read_day(left) == read_day(right) is not None
        if self.kind is Kind.MONEY:
            return _amount(left) == _amount(right) and _amount(left) is not None
        if self.column == "SSN":
            return digits(left) == digits(right)
        return " ".join(left.casefold().split()) == " ".join(right.casefold().split())

    def fault(self, value: str) -> str:
        """Why a key cannot expect this value; nothing where it can. An empty one means: nothing may be entered."""
        if not value:
            return ""
        if self.kind is Kind.LIST and value not in self.choices:
            return f"{value} is no code of this element's list."
        if self.kind is Kind.DATE and read_day(value) is None:
            return "Write the date like 11/20/2026."
        if self.kind is Kind.MONEY and _amount(value) is None:
            return "Write the amount like 840 or 840.50."
        return ""

    def kept(self, value: str) -> str:
        """The value as a key keeps it: a date as HUD writes it."""
        day = read_day(value) if self.kind is Kind.DATE else None
        return day.isoformat() if day else value.strip()


def digits(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isdigit())


def read_day(text: str) -> date | None:
    """HUD's 2026-11-20, or as Americans write it; a time after it does not count."""
    first = text.strip().partition(" ")[0].partition("T")[0]
    try:
        if "/" in first:
            month, day, year = (int(part) for part in first.split("/"))
            return date(year, month, day)
        return date.fromisoformat(first)
    except ValueError:
        return None


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace("$", "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < 10**9 else None


@cache
def catalog() -> dict[str, Element]:
    """Every element by its code, in the order of the standards."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    lists: dict[str, dict[str, str]] = told["lists"]
    return {
        one["code"]: Element(
            code=one["code"],
            number=one["number"],
            name=one["name"],
            file=one["file"],
            column=one["column"],
            kind=Kind(one["kind"]),
            choices=lists.get(one.get("list", ""), {}),
            has_stage=one.get("stage", False),
            when=one.get("when", {}),
            is_hidden=one.get("hidden", False),
            segments=tuple(one.get("segments", ())),
        )
        for one in told["element"]
    }


@cache
def project_types() -> dict[int, str]:
    """HUD's project types (2.02.6) with their words."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {int(code): words for code, words in told["lists"][TYPES].items()}


def type_words(hud_type: int) -> str:
    """A project type's words; a code that HUD does not have is shown as it is."""
    return project_types().get(hud_type, f"Project type {hud_type}")


@cache
def relationships() -> dict[str, str]:
    return dict(catalog()["Enrollment.RelationshipToHoH"].choices)
