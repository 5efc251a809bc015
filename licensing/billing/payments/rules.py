"""Which invoices a payment goes to, and what cannot be done with one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.errors import Conflict, DomainError, Invalid
from core.money import dollars
from core.ui import times

OLDEST = timedelta(days=5 * 366)  # a payment from before that is a slip of the keyboard


@dataclass(frozen=True)
class Owed:
    """An invoice as a payment meets it. `total_cents` is what it was written for; a draft has no `number`."""

    id: int
    number: str
    debtor_id: int
    total_cents: int
    credited_cents: int
    open_cents: int
    is_issued: bool = True
    is_credit: bool = False


def oldest_first(cents: int, owed: Sequence[Owed]) -> dict[int, int]:
    """By invoice, how much of the amount it takes; `owed` stand in the order in which they are due."""
    parts: dict[int, int] = {}
    for one in owed:
        if cents <= 0:
            break
        if one.open_cents > 0:
            parts[one.id] = min(cents, one.open_cents)
            cents -= parts[one.id]
    return parts


def must_take(one: Owed, cents: int) -> None:
    """Raises what is wrong with putting so much to this invoice."""
    if refusal := refusal_of(one, cents):
        raise refusal


def refusal_of(one: Owed, cents: int) -> DomainError | None:
    field = f"part_{one.id}"
    if not one.is_issued:
        return Conflict(
            "This invoice is a draft, so nothing is owed for it yet.", "Issue it first, or leave it out.", field
        )
    if one.is_credit:
        return Conflict(f"{one.number} is a credit note; nothing is paid for it.", "Choose an invoice.", field)
    if one.open_cents <= 0 and one.credited_cents >= one.total_cents:
        return Conflict(
            f"{one.number} is void: it was credited in full.", "Leave it out; the money can be kept as prepaid.", field
        )
    if one.open_cents <= 0:
        return Conflict(f"{one.number} is paid already.", "Leave it out; the money can be kept as prepaid.", field)
    if cents <= 0:
        return Invalid("Give an amount above nothing, or leave it empty.", "Write it like 125.00.", field)
    if cents > one.open_cents:
        return Invalid(
            f"{dollars(cents)} is more than what is open of {one.number}: {dollars(one.open_cents)}.",
            f"Give {dollars(one.open_cents)} or less; the rest can be kept as prepaid.",
            field,
        )
    return None


def must_add_up(cents: int, parts: Mapping[int, int], owed_cents: int, *, keeps_rest: bool) -> None:
    """`owed_cents` is what is open in all. Raises Invalid for parts that come to more than the payment, and for a rest
    of which nobody said that it is kept."""
    given = sum(parts.values())
    if given > cents:
        raise Invalid(
            f"The parts come to {dollars(given)}, the payment to {dollars(cents)}.", "Check the amounts.", "amount"
        )
    rest = cents - given
    if rest and not keeps_rest:
        more = f"{dollars(rest)} of it goes to no invoice"
        told = f"{more}: {dollars(owed_cents)} is owed in all." if not parts or given == owed_cents else f"{more}."
        raise Invalid(
            told, "Correct the amount, or say that the rest is kept as prepaid for later invoices.", "keeps_rest"
        )


def must_be_money(cents: int) -> None:
    if cents <= 0:
        raise Invalid(
            "A payment is more than nothing.",
            "To take a payment back, reverse it on its own page; money that went out is an expense.",
            "amount",
        )


def must_be_a_day(day: date, today: date) -> None:
    if day > today:
        raise Invalid("That day has not come yet.", f"Give {times.say_day(today)} or earlier.", "received_on")
    if day < today - OLDEST:
        raise Invalid("That is too long ago to be meant.", "Write the year with four digits.", "received_on")
