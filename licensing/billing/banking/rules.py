"""What a line of a bank's list says, and whose money it is. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from core import ppi
from core.errors import Invalid
from core.money import cents_of, dollars
from core.tables import Row, Table, told, word
from core.text import one_line
from licensing.billing.payments.rules import OLDEST

MOST_LINES = 1_000
LONGEST = 300
DAY, AMOUNT, WORDS, REFERENCE = "day", "amount", "words", "reference"
NEEDED = (DAY, AMOUNT)
LABELS = {DAY: "Day", AMOUNT: "Amount that came in", WORDS: "Text", REFERENCE: "Reference"}
# What banks call them, as `core.tables.word` compares; the first that a file has counts.
CALLED = {
    DAY: ("postingdate", "postdate", "posteddate", "transactiondate", "bookingdate", "effectivedate", "valuedate",
          "date", "day"),
    AMOUNT: ("credit", "credits", "creditamount", "amountcredit", "deposit", "deposits", "moneyin", "paidin",
             "amountusd", "amount", "transactionamount"),
    WORDS: ("description", "transactiondescription", "details", "memo", "narrative", "text", "name", "payee", "payer"),
    REFERENCE: ("reference", "referencenumber", "refno", "ref", "checknumber", "checkno", "checknum", "check",
                "bankreference", "transactionid", "fitid"),
}  # fmt: skip
FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%Y%m%d", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d %b %Y")
NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]{0,9})[- ]([0-9]{4})[- ]([0-9]{1,9})(?![0-9])")
SMALL = frozenset({"the", "and", "for", "inc", "llc", "of"})


@dataclass(frozen=True)
class Line:
    """Money that came in, as the list says it; `digest` is the same for the same line of another list."""

    position: int
    on: date
    cents: int
    words: str
    reference: str
    digest: str


@dataclass(frozen=True)
class Reading:
    """`bad` says for each line that could not be read why; `went_out` counts those of money that left."""

    lines: tuple[Line, ...]
    bad: tuple[tuple[int, str], ...]
    went_out: int


@dataclass(frozen=True)
class Open:
    """An invoice as a line may name it."""

    id: int
    number: str
    debtor_id: int
    debtor: str
    open_cents: int


@dataclass(frozen=True)
class Match:
    """Whose it is and why; without a debtor it is for somebody to choose."""

    why: str
    debtor_id: int | None = None
    invoice_id: int | None = None


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column is what, by its title; a column serves once."""
    titles = [word(one) for one in header]
    found: dict[str, int] = {}
    for what, names in CALLED.items():
        place = next((titles.index(name) for name in names if name in titles), None)
        if place is not None and place not in found.values():
            found[what] = place
    return found


def must_serve(columns: Mapping[str, int], header: Sequence[str]) -> None:
    """Raises Invalid for a column that is needed and not named, or that the list has not."""
    for what in NEEDED:
        if what not in columns:
            raise Invalid(
                f"No column says the {LABELS[what].lower()}.",
                f"The list has: {told(header)}. Choose which it is.",
                what,
            )
    for what, place in columns.items():
        if not 0 <= place < len(header):
            raise Invalid("The list has no such column.", "Choose one of those it has.", what)
    if twice := [what for what, place in columns.items() if list(columns.values()).count(place) > 1]:
        raise Invalid("One column cannot be two things.", "Choose another for one of them.", twice[-1])


def titled(table: Table) -> Table:
    """Some banks give no titles: where the first line has a day and an amount, it is a line as all others."""
    days = {place for place, cell in enumerate(table.header) if _is_day(cell)}
    amounts = {place for place, cell in enumerate(table.header) if not _is_day(cell) and _is_figure(cell)}
    if not days or not amounts:
        return table
    rows = [(table.line, table.header), *table.rows]
    widest = max(len(cells) for _, cells in rows)
    return replace(table, header=[f"Column {place}" for place in range(1, widest + 1)], rows=rows)


def must_be_few(table: Table) -> None:
    if not table.rows:
        raise Invalid("There are no lines under the titles.", "Bring the list as the bank gives it.", "file")
    if len(table.rows) > MOST_LINES:
        raise Invalid(
            f"These are {len(table.rows):,} lines; {MOST_LINES:,} are taken at once.", "Bring it in parts.", "file"
        )


def read(lead_id: int, rows: Sequence[Row], columns: Mapping[str, int], today: date) -> Reading:
    """Every line of money that came in. What looks like a client's personal data is left out of it (MO-HD-5)."""
    lines: list[Line] = []
    bad: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    went_out = 0
    for position, cells in rows:
        said = {what: one_line(cells[place])[:LONGEST] if place < len(cells) else "" for what, place in columns.items()}
        if not said[AMOUNT]:
            went_out += 1  # the other column of a list that has two
            continue
        try:
            cents, on = _cents(said[AMOUNT]), _day(said[DAY], today)
        except ValueError as error:
            bad.append((position, str(error)))
            continue
        if cents <= 0:
            went_out += 1
            continue
        words, reference = _plain(said.get(WORDS, "")), _plain(said.get(REFERENCE, ""))
        key = f"{lead_id}|{on.isoformat()}|{cents}|{words}|{reference}"
        seen[key] += 1
        digest = hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()
        lines.append(Line(position, on, cents, words, reference, digest))
    return Reading(tuple(lines), tuple(bad), went_out)


def _cents(said: str) -> int:
    plain = said.replace("USD", "").replace("+", "").strip()
    try:
        return cents_of(plain)
    except ValueError as error:
        raise ValueError(f"“{said[:40]}” is no amount in dollars and cents.") from error


def _day(said: str, today: date) -> date:
    plain = said.split(" ")[0] if re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2} ", said) else said
    for form in FORMATS:
        try:
            day = datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day of the bank's list has no zone
        except ValueError:
            continue
        if day > today:
            raise ValueError(f"“{said[:40]}” has not come yet.")
        if day < today - OLDEST:
            raise ValueError(f"“{said[:40]}” is too long ago to be meant.")
        return day
    raise ValueError(f"“{said[:40]}” is no day.")


def _plain(said: str) -> str:
    """Names of payers stay; numbers that are a client's own do not."""
    of_client = [one for one in ppi.find(said) if one.kind is not ppi.Kind.NAME]
    return f"(left out: it looks like a client's {of_client[0].label})" if of_client else said


def kept(cells: Sequence[str]) -> list[str]:
    """A line of the file as it may be kept: days and amounts as they are, of other words no client's numbers."""
    return [cell if _is_figure(cell) else _plain(one_line(cell)[:LONGEST]) for cell in cells]


def _is_day(cell: str) -> bool:
    for form in FORMATS:
        try:
            datetime.strptime(cell.strip(), form)  # noqa: DTZ007 - only whether it is a day
        except ValueError:
            continue
        return True
    return False


def _is_figure(cell: str) -> bool:
    if _is_day(cell):
        return True
    try:
        _cents(cell)
    except ValueError:
        return False
    return True


# ------------------------------------------------------------------ whose it is


def numbers_in(line: Line) -> list[tuple[str, int, int]]:
    """Numbers of invoices that the text may name: series, year, sequence."""
    said = f"{line.words} {line.reference}"
    return [(series.upper(), int(year), int(sequence)) for series, year, sequence in NUMBER.findall(said)]


def match(line: Line, named: Sequence[Open], alike: Sequence[Open]) -> Match:
    """`named` are invoices whose number stands in the text, `alike` those open for exactly this amount."""
    if len({one.debtor_id for one in named}) == 1:
        first = named[0]
        if first.open_cents > 0 and len(named) == 1:
            return Match(f"The text names {first.number}.{_difference(line.cents, first)}", first.debtor_id, first.id)
        if len(named) == 1:
            said = f"The text names {first.number}, of which nothing is open any more."
            return Match(f"{said} It goes to what is open, and the rest is kept as prepaid.", first.debtor_id)
        numbers = ", ".join(one.number for one in named)
        return Match(f"The text names {numbers}. The longest due is paid first.", first.debtor_id)
    if named:
        return Match("The text names invoices of more than one agency. Choose.")
    theirs = [one for one in alike if is_named(one.debtor, f"{line.words} {line.reference}")]
    if len(theirs) == 1:
        one = theirs[0]
        return Match(f"{one.debtor} is named, and {one.number} is open for exactly this.", one.debtor_id, one.id)
    if len({one.debtor_id for one in theirs}) == 1:
        return Match(
            f"{theirs[0].debtor} is named; more than one of its invoices is open for this.", theirs[0].debtor_id
        )
    if len(alike) == 1:
        return Match(
            f"Only {alike[0].number} of {alike[0].debtor} is open for this, but the text does not name it. Choose."
        )
    return Match("Neither an invoice nor an agency that owes this is named. Choose.")


def _difference(cents: int, one: Open) -> str:
    if cents < one.open_cents:
        return f" {dollars(one.open_cents - cents)} of it stays open."
    return f" {dollars(cents - one.open_cents)} more than is open is kept as prepaid." if cents > one.open_cents else ""


def is_named(agency: str, said: str) -> bool:
    """Whether every word of the agency's name stands in the text; small words do not count."""
    words, there = _words(agency), set(_words(said))
    return bool(words) and all(one in there for one in words)


def _words(said: str) -> list[str]:
    return [one for one in re.findall(r"[^\W_]+", said.casefold()) if len(one) > 2 and one not in SMALL]
