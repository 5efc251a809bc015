"""What a row of the vendor's list says, and which difference from the licenses is a finding. Pure. Rule: HUD-LI-5."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.policy.vocabulary import ClockName
from core.tables import told, word
from core.workcalendar.localtime import instant


class Field(StrEnum):
    """What is read of a row. Only the address is needed; without a state every account counts as active."""

    EMAIL = "email"
    ACCOUNT = "account"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    AGENCY = "agency"
    LEVEL = "level"
    STATUS = "status"
    LAST_LOGIN = "last_login"


FIELDS = {
    Field.EMAIL: "E-mail address",
    Field.ACCOUNT: "User name in the HMIS",
    Field.NAME: "Name",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.AGENCY: "Agency or provider",
    Field.LEVEL: "Access level or role",
    Field.STATUS: "Active or not",
    Field.LAST_LOGIN: "Last sign-in",
}
NEEDED = (Field.EMAIL,)


class Vendor(StrEnum):
    WELLSKY = "wellsky"
    CLARITY = "clarity"
    ETO = "eto"
    OTHER = "other"


VENDORS = {
    Vendor.WELLSKY: "WellSky Community Services",
    Vendor.CLARITY: "Bitfocus Clarity",
    Vendor.ETO: "ETO",
    Vendor.OTHER: "Another HMIS",
}
# Where to begin: what the columns of these products' user lists are likely called. Nobody has promised it, exports are
# made by each customer, and the Lead's own mapping goes before these names.
_ANY: dict[Field, tuple[str, ...]] = {
    Field.EMAIL: ("Email", "Email Address", "E-mail", "User Email"),
    Field.ACCOUNT: ("User Name", "Username", "User ID", "Login"),
    Field.NAME: ("Name", "Full Name", "User"),
    Field.FIRST_NAME: ("First Name",),
    Field.LAST_NAME: ("Last Name",),
    Field.AGENCY: ("Agency", "Agency Name"),
    Field.LEVEL: ("Access Level", "Role"),
    Field.STATUS: ("Status", "Active", "User Status"),
    Field.LAST_LOGIN: ("Last Login", "Last Login Date", "Last Sign In"),
}
_THEIRS: dict[Vendor, dict[Field, tuple[str, ...]]] = {
    Vendor.WELLSKY: {
        Field.AGENCY: ("Provider", "Default Provider", "Provider Name"),
        Field.LEVEL: ("Access Level", "User Level", "Role"),
        Field.STATUS: ("User Inactive", "Inactive", "Status"),
        Field.LAST_LOGIN: ("Last Login", "Last Date Logged In"),
    },
    Vendor.CLARITY: {
        Field.AGENCY: ("Home Agency", "Primary Agency", "Agency"),
        Field.LEVEL: ("Access Role", "User Access Role"),
        Field.STATUS: ("User Status", "Status"),
        Field.LAST_LOGIN: ("Last Login", "Last Activity"),
    },
    Vendor.ETO: {
        Field.AGENCY: ("Site", "Site Name", "Enterprise Site"),
        Field.LEVEL: ("Role", "User Role"),
        Field.STATUS: ("Disabled", "Status"),
        Field.LAST_LOGIN: ("Last Login Date", "Last Login"),
    },
    Vendor.OTHER: {},
}
ON = frozenset({"active", "enabled", "yes", "y", "true", "1", "current", "open", "unlocked"})
OFF = frozenset(
    {"inactive", "disabled", "no", "n", "false", "0", "locked", "deactivated", "terminated", "deleted", "suspended",
     "closed", "expired"}
)  # fmt: skip
TURNED = ("inactive", "disabled", "locked")  # a column of this title says when an account is off


class MappingProblem(Exception):
    """A column that is needed and is not there, or an answer that cannot be understood; in a sentence."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message, self.advice = message, advice


@dataclass(frozen=True)
class Columns:
    """The Lead's own words: the title of each column, and which level of ours each of the vendor's is."""

    vendor: Vendor
    titles: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)


def candidates(mapping: Columns, what: Field) -> tuple[str, ...]:
    """Titles by which a column may be found, the Lead's own first and, where there is one, alone."""
    if own := mapping.titles.get(what, ""):
        return (own,)
    return (*_THEIRS[mapping.vendor].get(what, ()), *_ANY[what])


def columns(mapping: Columns, header: Sequence[str]) -> dict[Field, int]:
    """Where each field stands. Raises MappingProblem naming the column that is missing, and what was found."""
    places: dict[str, int] = {}
    for number, title in enumerate(header):
        places.setdefault(word(title), number)
    places.pop("", None)
    found = {}
    for what in Field:
        titles = candidates(mapping, what)
        at = next((places[word(title)] for title in titles if word(title) in places), None)
        if at is not None:
            found[what] = at
        elif what in NEEDED or mapping.titles.get(what):
            named = " or ".join(f"“{title}”" for title in titles[:4])
            raise MappingProblem(
                f"There is no column {named} for “{FIELDS[what]}”. Found are: {told(header)}.",
                "Change the title under Columns, or export the list with that column.",
            )
    return found


@dataclass(frozen=True)
class Account:
    """One account of the vendor's list. `level` is ours where the mapping knows it, empty where the list says none."""

    line: int
    email: str
    account: str
    name: str
    agency: str
    level: str
    said_level: str
    is_active: bool
    last_login: datetime | None


@dataclass
class Read:
    accounts: list[Account]
    notes: list[str]


def read(
    mapping: Columns, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]], zone: ZoneInfo, now: datetime
) -> Read:
    """Every row as an account. What cannot be understood is noted with its line, and is left out of the row."""
    at = columns(mapping, header)
    turned = Field.STATUS in at and word(header[at[Field.STATUS]]).endswith(TURNED)
    levels = {word(theirs): ours for theirs, ours in mapping.levels.items()}
    seen, notes = list[Account](), _Notes()

    for line, cells in rows:

        def said(what: Field, cells: Sequence[str] = cells) -> str:
            place = at.get(what)
            return cells[place].strip() if place is not None and place < len(cells) else ""

        email, account = said(Field.EMAIL).lower(), said(Field.ACCOUNT)
        if "@" not in email and not account:
            notes.add("neither an address nor a user name", line)
            continue
        is_active = active(said(Field.STATUS), turned=turned)
        if is_active is None:
            notes.add("a state that is not known, taken as active", line)
        login = said(Field.LAST_LOGIN)
        seen_at = moment(login, zone) if login else None
        if login and (seen_at is None or seen_at > now + DAY):
            notes.add("a last sign-in that is no date of the past", line)
            seen_at = None
        level = said(Field.LEVEL)
        name = said(Field.NAME) or " ".join(filter(None, (said(Field.FIRST_NAME), said(Field.LAST_NAME))))
        seen.append(
            Account(
                line, (email if "@" in email else "")[:300], account[:300], name[:300], said(Field.AGENCY)[:300],
                levels.get(word(level), ""), level[:80], is_active is not False, seen_at,
            )
        )  # fmt: skip
    return Read(seen, notes.told())


class _Notes:
    """What was odd, with how often and the first lines."""

    def __init__(self) -> None:
        self.lines: dict[str, list[int]] = {}

    def add(self, what: str, line: int) -> None:
        self.lines.setdefault(what, []).append(line)

    def told(self) -> list[str]:
        return [
            f"{len(lines):,} row{'s' * (len(lines) > 1)} with {what}: line{'s' * (len(lines) > 1)} "
            f"{', '.join(map(str, lines[:5]))}{' and more' if len(lines) > 5 else ''}."
            for what, lines in self.lines.items()
        ]


def active(said: str, *, turned: bool = False) -> bool | None:
    """Whether the account works; None for a word that is not known. `turned`: the column says whether it is off, so
    that an empty cell there is an account that works."""
    plain = word(said)
    if not plain:
        return True
    if turned and plain in ("yes", "y", "true", "1", "no", "n", "false", "0"):
        return plain in ("no", "n", "false", "0")
    return True if plain in ON else False if plain in OFF else None


DAY = timedelta(days=1)
SLASHED = re.compile(
    r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4}|\d{2})(?:,?\s+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2}))?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
OLDEST = 1990


def moment(said: str, zone: ZoneInfo) -> datetime | None:
    """A day or an instant as exports write it: ISO 8601, or month, day and year. Without an offset the zone's clocks
    count; a day alone is its beginning. None for what is none."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        match = SLASHED.fullmatch(said)
        if match is None:
            return None
        try:
            found = _slashed(match)
        except ValueError:
            return None
    if not OLDEST <= found.year <= 2100:
        return None
    return found if found.tzinfo else instant(found, zone)


def _slashed(match: re.Match[str]) -> datetime:
    year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    hour = int(match["H"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("an hour of half a day")
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    return datetime.combine(
        date(year, int(match["m"]), int(match["d"])), time(hour, int(match["M"] or 0), int(match["S"] or 0))
    )


class Kind(StrEnum):
    """ALIVE: the right was taken away or stands still, and the account works. UNLICENSED: somebody of ours who never
    had a license there. UNKNOWN: nobody knows this address here."""

    ALIVE = "revoked-alive"
    UNLICENSED = "unlicensed"
    UNKNOWN = "unknown-person"
    LEVEL = "level-mismatch"
    DUPLICATE = "duplicate"


KINDS = {
    Kind.ALIVE: "No license any more, but the account works",
    Kind.UNLICENSED: "Account without a license",
    Kind.UNKNOWN: "Account of somebody unknown",
    Kind.LEVEL: "Another level than licensed",
    Kind.DUPLICATE: "Several accounts of one person",
}
URGENT = frozenset({Kind.ALIVE})
TO_DO = {
    Kind.ALIVE: "Switch the account off in the HMIS, then say what you saw.",
    Kind.UNLICENSED: "Switch the account off, or have the agency request access.",
    Kind.UNKNOWN: "Find out whose account it is; switch it off, or have the agency request access.",
    Kind.LEVEL: "Set the account to the licensed level, or have the agency request the other one.",
    Kind.DUPLICATE: "Keep one account and switch the others off.",
}


def clock_of(kind: Kind) -> ClockName:
    return ClockName.ACCOUNT_FINDING_URGENT if kind in URGENT else ClockName.ACCOUNT_FINDING


class ImportState(StrEnum):
    PREVIEW = "preview"
    COMMITTED = "committed"
    DISCARDED = "discarded"


class FindingState(StrEnum):
    """GONE: the next list did not show it any more, so it closed by itself."""

    OPEN = "open"
    SETTLED = "settled"
    GONE = "gone"
