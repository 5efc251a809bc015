"""Amounts of money: whole cents, always; one currency for a deployment, the US dollar."""

from __future__ import annotations

import re
from fractions import Fraction

AMOUNT = re.compile(r"(?P<sign>-)?\s*\$?\s*(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.(?P<part>[0-9]{1,2}))?")
MOST_CENTS = 100_000_000_00  # a hundred million dollars: more is a slip of the keyboard


def dollars(cents: int) -> str:
    """Whole cents as people write them: $1,234.50."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def cents_of(words: str) -> int:
    """What somebody typed or a bank wrote, `1,234.5`, `$12` or `(12.00)` for less than nothing, as whole cents.

    Raises ValueError for what is no amount, for more than two decimals, and beyond a hundred million dollars.
    """
    said = words.strip()
    in_brackets = said.startswith("(") and said.endswith(")")
    found = AMOUNT.fullmatch(said.strip("()").strip() if in_brackets else said)
    if not found or not (found["whole"] or found["part"]):
        raise ValueError(f"{words!r} is no amount")
    cents = int((found["whole"] or "0").replace(",", "")) * 100 + int((found["part"] or "0").ljust(2, "0"))
    if cents > MOST_CENTS:
        raise ValueError(f"{words!r} is more than a hundred million dollars")
    return -cents if found["sign"] or in_brackets else cents


def share(cents: int, part: Fraction) -> int:
    """So much of an amount, rounded to the cent; half a cent goes up, away from zero."""
    exact = abs(cents) * abs(part)
    rounded = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return rounded if (cents < 0) == (part < 0) else -rounded
