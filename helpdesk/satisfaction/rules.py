"""Whom the closing mail asks how the help was, and how long they can say so. Pure.

Rules: HUD-HD-5, which sets no numbers: how often and how long are the HMIS Lead's own, with defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MARKS = {5: "Very good", 4: "Good", 3: "All right", 2: "Poor", 1: "Very poor"}
TONES = {5: "ok", 4: "ok", 3: "info", 2: "warn", 1: "late"}
LOW = 2
LONGEST_COMMENT = 2_000
MOST_ASK_DAYS, MOST_ANSWER_DAYS = 90, 90


class Unasked(StrEnum):
    """Why the closing mail does not ask. Whoever asked may still say how it was, on the request's page."""

    OFF = "off"
    NO_ADDRESS = "no-address"
    MACHINE = "machine"
    OWN = "own"
    SILENCE = "silence"
    RECENT = "recent"


SAYS = {
    Unasked.OFF: "The community's manual asks for no survey of each request.",
    Unasked.NO_ADDRESS: "There is no address to ask at.",
    Unasked.MACHINE: "It came from the vendor or from the help desk's own address.",
    Unasked.OWN: "Whoever asked closed it themselves, and is asked on its page.",
    Unasked.SILENCE: "It closed for silence before, and was asked about then.",
    Unasked.RECENT: "They were asked about another request a short time ago.",
}


@dataclass(frozen=True)
class Practice:
    """At most one asking a person in so many days; an answer can be given and changed for so many."""

    ask_days: int = 7
    answer_days: int = 14
    reason: str = "A week keeps people who ask often from being asked all the time; two weeks outlast a leave."


@dataclass(frozen=True)
class Closing:
    """What is known when a request closes. `asked_for_silence` is whether an earlier such closing was asked about."""

    at: datetime
    is_surveyed: bool
    address: str
    own_addresses: frozenset[str]
    by_requester: bool
    by_silence: bool
    asked_for_silence: bool
    last_asked_at: datetime | None


def why_not(closing: Closing, practice: Practice) -> Unasked | None:
    """Why this closing is not asked about by mail; none where it is. Rules: HUD-HD-5."""
    if not closing.is_surveyed:
        return Unasked.OFF
    if not closing.address:
        return Unasked.NO_ADDRESS
    if closing.address in closing.own_addresses:
        return Unasked.MACHINE
    if closing.by_requester:
        return Unasked.OWN
    if closing.by_silence and closing.asked_for_silence:
        return Unasked.SILENCE
    gap = timedelta(days=practice.ask_days)
    if closing.last_asked_at is not None and closing.at - closing.last_asked_at < gap:
        return Unasked.RECENT
    return None


def until(closed_at: datetime, practice: Practice) -> datetime:
    """The last instant at which an answer is taken or changed."""
    return closed_at + timedelta(days=practice.answer_days)


class Gone(StrEnum):
    """Why an answer is not taken any more."""

    OPEN_AGAIN = "open-again"
    TOO_LATE = "too-late"


def gone(now: datetime, last: datetime, *, is_newest: bool, is_open: bool) -> Gone | None:
    """Each closing is answered for itself, until the request opens again or the time is up."""
    if is_open or not is_newest:
        return Gone.OPEN_AGAIN
    return Gone.TOO_LATE if now > last else None
