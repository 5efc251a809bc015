"""What may happen to a vendor case, what may leave for the vendor, and when somebody else there is asked. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from helpdesk.tickets.rules import scrub


class Severity(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class CaseState(StrEnum):
    """Whose move it is. `open`: nobody has written to the vendor yet."""

    OPEN = "open"
    VENDOR = "waiting-for-vendor"
    US = "waiting-for-us"
    FIXED = "says-fixed"
    CONFIRMED = "confirmed"
    UNRESOLVED = "unresolved"


class Act(StrEnum):
    OPEN = "open"
    SEND = "send"
    CONTACT = "contact"
    VENDOR_WROTE = "vendor-wrote"
    FIXED = "fixed"
    CONFIRM = "confirm"
    NOTE = "note"
    DETAILS = "details"
    ESCALATE = "escalate"
    AGAIN_ON = "again-on"
    MISSED = "missed"
    RAISE = "raise"
    UNRESOLVED = "unresolved"
    REOPEN = "reopen"
    JOIN = "join"
    LEAVE = "leave"
    TELL = "tell"
    TAKE = "take"


class Said(StrEnum):
    """Who speaks on the case's thread."""

    VENDOR = "vendor"
    LEAD = "lead"
    NOTE = "note"


class Then(StrEnum):
    """What becomes of the requests that an update goes to."""

    WAIT = "wait"
    ANSWERED = "answered"
    CLOSED = "closed"


class Telling(StrEnum):
    """How far an update is with one request."""

    WAITING = "waiting"
    TOLD = "told"
    SKIPPED = "skipped"
    REFUSED = "refused"


LIVE = (CaseState.OPEN, CaseState.VENDOR, CaseState.US, CaseState.FIXED)
OVER = (CaseState.CONFIRMED, CaseState.UNRESOLVED)

TRANSITIONS: dict[tuple[CaseState, Act], CaseState] = {
    **{(state, Act.SEND): CaseState.VENDOR for state in LIVE},
    **{(state, Act.CONTACT): CaseState.VENDOR for state in LIVE},
    **{(state, Act.VENDOR_WROTE): CaseState.US for state in CaseState},
    **{(state, Act.FIXED): CaseState.FIXED for state in (CaseState.VENDOR, CaseState.US)},
    **{(state, Act.CONFIRM): CaseState.CONFIRMED for state in (CaseState.VENDOR, CaseState.US, CaseState.FIXED)},
    **{(state, Act.UNRESOLVED): CaseState.UNRESOLVED for state in LIVE},
    **{(state, Act.REOPEN): CaseState.US for state in OVER},
    **{
        (state, act): state
        for state in LIVE
        for act in (Act.ESCALATE, Act.AGAIN_ON, Act.MISSED, Act.RAISE, Act.JOIN, Act.DETAILS, Act.TAKE)
    },
    **{(state, act): state for state in CaseState for act in (Act.NOTE, Act.LEAVE, Act.TELL)},
    **{(state, Act.DETAILS): state for state in OVER},
}
MOST_MISSES = 20
LATEST = timedelta(days=366)
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
NUMBERED = re.compile(r"(?<!\w)#(\d{1,18})(?!\w)")
REQUEST = re.compile(r"([Rr]equest )?(?<!\w)#(\d{1,18})(?!\w)")
CASE_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,78}[A-Za-z0-9]")
# First names that are words too: at the beginning of a sentence they are taken for the word, unless somebody does
# something there ("Will cannot sign in", "Grace's account").
ORDINARY = frozenset([
    "angel", "april", "art", "august", "autumn", "bill", "case", "chance", "chase", "christian", "dawn", "dean",
    "destiny", "drew", "faith", "frank", "grace", "grant", "guy", "harmony", "hope", "jack", "joy", "june",
    "mark", "max", "may", "miles", "page", "pat", "penny", "rich", "rob", "rose", "sue", "summer", "trinity",
    "wade", "ward", "will",
])  # fmt: skip
SOMEBODY_DOES = (
    r"(?=['’]s\b| (?:is|was|has|had|does|did|can|cannot|can['’]t|could|would|will|says|said|gets|got|sees|saw|wants"
    r"|needs|works|left|wrote|tells|told|thinks|went|[a-z]{2,}ed|doesn['’]t|didn['’]t|isn['’]t|hasn['’]t)\b)"
)


def after(state: CaseState, act: Act) -> CaseState | None:
    """The state that follows; None where the act is not possible."""
    return TRANSITIONS.get((state, act))


@dataclass(frozen=True)
class Affected:
    """Whose names never reach the vendor, nor one another: those who asked, where they work, and who works there."""

    people: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    colleagues: tuple[str, ...] = ()


def cleaned(text: str, affected: Affected, vendors: Iterable[str] = ()) -> str:
    """The text as the vendor may read it: nobody who asked, no agency, no address but the vendor's own.

    Rules: SON-HD-4, SAC-HD-1: the Lead is the sole liaison, so that the vendor knows nobody else to write to.
    """
    text = scrub(text, (*affected.people, *affected.colleagues), "[the user]")
    text = _without_first_names(text, affected)
    text = scrub(text, affected.agencies, "[the agency]")
    known = {address.lower() for address in vendors}
    return ADDRESS.sub(lambda found: found[0] if found[0].lower() in known else "[an address]", text)


def _without_first_names(text: str, affected: Affected) -> str:
    """Written like a name, with a capital. A colleague's that is a word too goes within a sentence, and where it begins
    one if it stands for somebody there."""
    asked = {first_name(name) for name in affected.people} - {""}
    others = {first_name(name) for name in affected.colleagues} - asked - {""}
    for name in sorted(name for name in asked | others if name in text):
        is_word = name in others and name.lower() in ORDINARY
        before = r"(?<![.!?:]\s)(?<!^)(?<![.!?:\n]\n)(?<!\n)" if is_word else ""
        text = re.sub(rf"{before}(?<!\w){re.escape(name)}(?!\w)", "[the user]", text)
        if is_word:
            text = re.sub(rf"(?<!\w){re.escape(name)}{SOMEBODY_DOES}", "[the user]", text)
    return text


def first_name(name: str) -> str:
    """As it is written, "" for an address and for what is too short to tell from other words."""
    first = name.split()[0] if name.split() else ""
    return first if len(first) > 2 and first[0].isupper() and "@" not in first and len(name.split()) > 1 else ""


def without_numbers(text: str, hidden: Collection[int]) -> str:
    """The sentence without the numbers of requests that its reader may not see."""

    def said(found: re.Match[str]) -> str:
        if int(found[2]) not in hidden:
            return found[0]
        return "A request of another CoC" if found[1] else "one of another CoC"

    return REQUEST.sub(said, text)


@dataclass(frozen=True)
class Letter:
    """A mail to the vendor, word for word as it will leave. `took_out` says whether names were replaced."""

    address: str
    subject: str
    body: str
    text: str
    took_out: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.address}\x00{self.subject}\x00{self.body}".encode()).hexdigest()


def next_contact(ranked: Sequence[int], current: int | None) -> int | None:
    """Who is asked after that one, by the Lead's order; None after the last. Nobody yet: the first."""
    if current not in ranked:
        return ranked[0] if ranked else None
    rest = ranked[ranked.index(current) + 1 :]
    return rest[0] if rest else None


def should_escalate(misses: int, after_misses: int) -> bool:
    """Whether the next contact's turn has come: after so many next-contact times without a word (HUD-HD-3).

    0 is the Lead's choice to do it by hand only.
    """
    return 0 < after_misses <= misses


def fault_of_day(day: date, today: date) -> str:
    """What is wrong with a day on which the vendor is asked again; empty for nothing."""
    if day < today:
        return "That day has passed."
    return "That is more than a year away." if day > today + LATEST else ""


@dataclass(frozen=True)
class Leak:
    """Words in an update that would tell one requester of another, or of the vendor."""

    words: str
    what: str


def leak_in(text: str, affected: Affected, tickets: Iterable[int], inside: Iterable[str]) -> Leak | None:
    """The first thing in an update that not everybody who gets it may know.

    `inside` are the vendor's case number, its people and their addresses: what stays with the Lead (SON-HD-4).
    """
    kinds = ((affected.people, "somebody who asked"), (affected.agencies, "an agency"), (tuple(inside), "the vendor"))
    for names, what in kinds:
        if scrub(text, names, "\0") == text:
            continue
        for name in names:
            if scrub(text, [name], "\0") != text:
                return Leak(name.strip(), what)
    numbers = set(tickets)
    for found in NUMBERED.finditer(text):
        if int(found[1]) in numbers:
            return Leak(found[0], "a request")
    found_address = ADDRESS.search(text)
    return Leak(found_address[0], "an address") if found_address and found_address[0] in set(inside) else None
