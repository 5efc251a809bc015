"""When an invoice that is not paid suspends, what is said then, and how more time is counted. Pure. Rule: VT-LI-8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import Invalid
from core.money import dollars
from core.policy import Decision, Policy
from core.policy.vocabulary import DutyName
from core.ui import times

# Local choices: no manual says when an agency is reminded of an invoice.
REMIND_BEFORE = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
REMIND_AFTER = (timedelta(days=7), timedelta(days=30))
LONGEST_RESPITE = timedelta(days=366)

# Of license fees only: a report or a transfer that was not paid is owed, and locks nobody out (VT-LI-8).
LICENSE_FEES = ("yearly", "licenses")


def suspends(policy: Policy, kind: str) -> bool:
    """Whether licenses are suspended for an invoice of this kind that is not paid when it is due."""
    return kind in LICENSE_FEES and policy.has(DutyName.UNPAID_LICENSES)


def decision_of(told: Mapping[str, Any], zone: ZoneInfo) -> Decision:
    """A decision from what a row keeps of it."""
    known = {field.name for field in fields(Decision)}
    values = {name: value for name, value in told.items() if name in known}
    values |= {"version": date.fromisoformat(values["version"]), "due": _moment(values["due"], zone)}
    values |= {"anchor": _moment(values["anchor"], zone), "earliest": None}
    values |= {name: tuple(values.get(name) or ()) for name in ("because", "words")}
    return Decision(**values)


def _moment(told: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(told).astimezone(zone)


def until(first: Decision, last_day: date, zone: ZoneInfo, at: datetime, why: str) -> Decision:
    """Through that day, by somebody's decision: no clock of the pack counts it, so closed days do not move it."""
    due = datetime.combine(last_day, time(23, 59, 59), zone)
    told = f"{why} Until {times.say_day(last_day)}."
    anchor = at.astimezone(zone).replace(microsecond=0)
    return replace(first, clock="", anchor=anchor, due=due, because=(told,), words=(), event="")


def must_be_a_respite(last_day: date, today: date, due_on: date, *, is_extension: bool) -> None:
    if last_day < today:
        raise Invalid("That day has passed.", f"Give {times.say_day(today)} or later.", "last_day")
    if is_extension and last_day <= due_on:
        raise Invalid(
            f"It is due on {times.say_day(due_on)} as it is.", "Give a later day, or pause the suspension.", "last_day"
        )
    if last_day > today + LONGEST_RESPITE:
        raise Invalid("That is more than a year ahead.", "Give a nearer day; it can be given again then.", "last_day")


def held_words(number: str, debtor: str, cents: int, due_on: date) -> str:
    """What the license's page and its holder are told."""
    return (
        f"Invoice {number} of {debtor} was due on {times.say_day(due_on)} and {dollars(cents)} of it is not paid. The "
        f"license is active again as soon as the HMIS Lead has received the payment."
    )
