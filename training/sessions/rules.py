"""Sessions and who may come to them, as decisions. Pure. Rules: HUD-TR-2, HUD-TR-4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.ui.times import say_clock, say_day, say_when
from core.workcalendar.localtime import WallClock, instant, wall_clock

EVENING = time(17)
SATURDAY = 5
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that are read as one another
CODE_LENGTH = 6
CODE_STEP = 60  # seconds until the next code is shown; the one before is still taken


class Place(StrEnum):
    """MEETING is an online meeting, in which everybody can speak."""

    IN_PERSON = "in-person"
    WEBINAR = "webinar"
    MEETING = "meeting"


class State(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Meeting(StrEnum):
    """The meetings that a manual wants regularly (SON-TR-2)."""

    USER_GROUP = "user-group"
    COMMITTEE = "data-committee"


class Registered(StrEnum):
    """How somebody stands with a session. ASKED waits for the staff's approval, WAITING for a free place."""

    ASKED = "asked"
    WAITING = "waiting"
    REGISTERED = "registered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """QUEUE is an approval when all places are taken."""

    APPROVE = "approve"
    QUEUE = "queue"
    DECLINE = "decline"
    PROMOTE = "promote"
    WITHDRAW = "withdraw"


_R = Registered
TRANSITIONS: dict[tuple[Registered, Act], Registered] = {
    (_R.ASKED, Act.APPROVE): _R.REGISTERED,
    (_R.ASKED, Act.QUEUE): _R.WAITING,
    (_R.ASKED, Act.DECLINE): _R.DECLINED,
    (_R.ASKED, Act.WITHDRAW): _R.WITHDRAWN,
    (_R.WAITING, Act.PROMOTE): _R.REGISTERED,
    (_R.WAITING, Act.DECLINE): _R.DECLINED,
    (_R.WAITING, Act.WITHDRAW): _R.WITHDRAWN,
    (_R.REGISTERED, Act.DECLINE): _R.DECLINED,
    (_R.REGISTERED, Act.WITHDRAW): _R.WITHDRAWN,
    (_R.DECLINED, Act.APPROVE): _R.REGISTERED,
    (_R.DECLINED, Act.QUEUE): _R.WAITING,
}
COMING = (_R.ASKED, _R.WAITING, _R.REGISTERED)
WORDS = {
    _R.ASKED: ("Waits for approval", "wait"),
    _R.WAITING: ("On the waiting list", "wait"),
    _R.REGISTERED: ("Registered", "ok"),
    _R.DECLINED: ("Declined", "off"),
    _R.WITHDRAWN: ("Withdrawn", "off"),
}


@dataclass(frozen=True)
class Room:
    """What decides whether somebody can still come. `capacity` None is no limit, `closes_at` the last instant."""

    state: State
    starts_at: datetime
    closes_at: datetime | None
    capacity: int | None
    taken: int
    has_waiting_list: bool
    needs_approval: bool

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.taken >= self.capacity


def refusal(room: Room, at: datetime) -> str:
    """Why nobody can register any more, in a sentence; empty when it is open."""
    if room.state is State.CANCELLED:
        return "This session was cancelled."
    if at >= room.starts_at:
        return "This session has begun, so nobody can register any more."
    if room.closes_at is not None and at > room.closes_at:
        return f"Registration closed on {say_when(room.closes_at)}."
    if room.is_full and not room.has_waiting_list:
        return f"All {room.capacity} places are taken, and there is no waiting list."
    return ""


def standing(room: Room, *, is_approved: bool = False) -> Registered:
    """How somebody stands who comes now."""
    if room.needs_approval and not is_approved:
        return Registered.ASKED
    return Registered.WAITING if room.is_full else Registered.REGISTERED


def free(room: Room) -> int | None:
    """How many of the waiting can come now; None is all of them."""
    return None if room.capacity is None else max(0, room.capacity - room.taken)


def is_evening(starts_at: datetime, zone: ZoneInfo) -> bool:
    """Whether evening staff can come: from 5 PM on, or on a weekend (HUD-TR-2)."""
    local = starts_at.astimezone(zone)
    return local.time() >= EVENING or local.weekday() >= SATURDAY


@dataclass(frozen=True)
class Moment:
    """An instant, and what is to be said of it where the clocks leave it in doubt."""

    at: datetime
    note: str = ""


def moment(naive: datetime, zone: ZoneInfo) -> Moment:
    """What a typed day and time mean in the zone. An hour that the clocks leave out is taken as far past the change
    as it reads; of an hour that comes twice, the first is taken."""
    taken = instant(naive, zone)
    clock, day = say_clock(naive), say_day(naive.date())
    match wall_clock(naive, zone):
        case WallClock.NEVER:
            said = f"{clock} does not exist on {day}: the clocks go forward over it. Taken as {say_when(taken)}."
        case WallClock.TWICE:
            said = f"{clock} comes twice on {day}, when the clocks go back. Taken as the first, {say_when(taken)}."
        case _:
            said = ""
    return Moment(taken, said)


def fault_of_times(starts_at: datetime, ends_at: datetime, closes_at: datetime | None) -> tuple[str, str]:
    """The field and the sentence of what is wrong with them; both empty when nothing is."""
    if ends_at <= starts_at:
        return "ends", "It cannot end before it begins."
    if (ends_at - starts_at).total_seconds() > 24 * 3600:
        return "ends", "A session lasts a day at most. Plan one for each day."
    if closes_at is not None and closes_at > starts_at:
        return "closes", "Registration cannot close after the session has begun."
    return "", ""


def code_of(digest: bytes) -> str:
    """The sign-in code that a digest stands for."""
    number = int.from_bytes(digest[:8], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[place])
    return "".join(letters)


def typed_code(typed: str) -> str:
    """As people type it: blanks and dashes between, small letters."""
    return "".join(c for c in typed.upper() if c.isalnum())


def steps_taken(at: datetime) -> Sequence[int]:
    """The numbers of the codes that are good at that instant: the one shown, and the one before."""
    step = int(at.timestamp()) // CODE_STEP
    return (step, step - 1)
