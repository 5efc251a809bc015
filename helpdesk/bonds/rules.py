"""Which requests may become one, and how two histories are read as one. Pure: facts in, a decision or a history out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.policy.vocabulary import Tier
from helpdesk.flow.rules import OURS, Moment
from helpdesk.tickets.rules import LIVE, OVER, Action, Category, State, after


class LinkKind(StrEnum):
    RELATED = "related"
    SAME_CAUSE = "same-cause"
    BLOCKS = "blocks"
    MADE = "made"
    SPLIT = "split"


# What each is called on the page of the one that it starts from, and on that of the other.
SAID = {
    LinkKind.RELATED: ("Related to", "Related to"),
    LinkKind.SAME_CAUSE: ("Has the same cause as", "Has the same cause as"),
    LinkKind.BLOCKS: ("Blocks", "Is blocked by"),
    LinkKind.MADE: ("Led to", "Was made from"),
    LinkKind.SPLIT: ("A part went to", "Was split off from"),
}
EITHER_WAY = frozenset({LinkKind.RELATED, LinkKind.SAME_CAUSE})


@dataclass(frozen=True)
class Facts:
    """A request with all that was merged into it. `agencies` may hold None: nobody knows where one came from.

    `requesters` names each person who asked once, whatever way they asked.
    """

    number: int
    lead_id: int
    agencies: frozenset[int | None]
    requesters: frozenset[str]
    state: State
    category: Category


@dataclass(frozen=True)
class Refusal:
    message: str
    advice: str = ""


def may_merge(source: Facts, target: Facts) -> Refusal | None:
    """None means allowed. `target` is the one that goes on, followed to the end of what it was merged into.

    What an agency asked is no other agency's to read, and a person's words are nobody else's to read; so two people's
    requests become one only within one agency, where each still reads only their own words and the answers.
    """
    if source.number == target.number:
        return Refusal(f"Request #{source.number} cannot be merged into itself.", "Give the number of the other one.")
    if source.lead_id != target.lead_id:
        return Refusal("These belong to different HMIS Leads.", "Answer each for itself.")
    agencies = source.agencies | target.agencies
    if len(agencies - {None}) > 1:
        return Refusal(
            "These came from different agencies, which must not read each other's requests.",
            "Link them instead: same cause.",
        )
    if len(source.requesters | target.requesters) > 1 and None in agencies:
        return Refusal(
            "These were asked by different people, and nobody knows whether they work together.",
            "Link them instead: same cause.",
        )
    return _as_they_stand(source, target)


def _as_they_stand(source: Facts, target: Facts) -> Refusal | None:
    other_way = f"Merge #{target.number} into #{source.number} instead."
    if target.state not in LIVE:
        return Refusal(f"Request #{target.number} is {target.state}.", f"Open it again first. Or: {other_way}")
    if source.category is Category.SECURITY and target.category is not Category.SECURITY:
        return Refusal("A possible security lapse does not become part of something less urgent.", other_way)
    if source.state is State.WITH_VENDOR and target.state is not State.WITH_VENDOR:
        return Refusal(f"Request #{source.number} waits for the vendor, who answers there.", other_way)
    return None


@dataclass(frozen=True)
class Joined:
    """What happened on another request that is part of this one since `at`; `was` is how it stood then."""

    moments: tuple[Moment, ...]
    at: datetime
    was: State


# When, after what of the same instant, what was done, and the moment itself where it is the request's own.
Event = tuple[datetime, int, Action | None, Moment | None]
# What was said before it was joined: it takes nothing away from the vendor, and opened nothing that was closed then.
BEFORE = 2
SETTLED = (State.WITH_VENDOR, *OVER)
SPOKEN = frozenset({None, Action.REPLY, Action.REOPEN})
BOOKKEEPING = frozenset({Action.MERGE, Action.UNMERGE})


def one_history(own: Sequence[Moment], joined: Iterable[Joined], answered: Iterable[datetime] = ()) -> list[Moment]:
    """The history of a request read anew, as if all that is part of it had been one from the beginning.

    The oldest opening is the opening; what was asked in the others is a reply, and what answered them an answer. One
    that still waited for the desk when it was joined makes the whole wait for the desk. `answered` is when
    the desk answered this one while it was part of another, which is over. Tier and end are its own.
    """
    events: list[Event] = [(m.at, 0, m.action, m) for m in own if m.action not in BOOKKEEPING]
    events += [(at, 1, Action.ANSWER, None) for at in answered]
    for other in joined:
        joins = max((n for n, m in enumerate(other.moments) if m.action is Action.MERGE), default=0)
        told = [(m.at, 1 if n > joins else BEFORE, m.action) for n, m in enumerate(other.moments)]
        events += [(at, order, _heard(action), None) for at, order, action in told if _matters(action, order)]
        if other.was in OURS:
            events.append((other.at, BEFORE, Action.REPLY, None))
    return _folded(sorted(events, key=lambda event: event[:2]), own[0].tier)


def _matters(action: Action | None, order: int) -> bool:
    """Whether what was done on a part is anything to the whole: words and answers are, the vendor's once joined."""
    return action in SPOKEN or action is Action.ANSWER or (action is Action.VENDOR_REPLY and order != BEFORE)


def _heard(action: Action | None) -> Action | None:
    return Action.REPLY if action in SPOKEN else action


def _folded(events: Sequence[Event], tier: Tier) -> list[Moment]:
    told: list[Moment] = []
    state = State.NEW
    for at, order, done, own in events:
        tier = own.tier if own else tier
        if not told:
            told.append(Moment(at, None, State.NEW, tier))
            continue
        if order == BEFORE and state in SETTLED:
            continue
        action = done or Action.REPLY
        state = after(state, action) or state
        told.append(Moment(at, action, state, tier))
    return told


def ended_at(history: Sequence[Moment]) -> datetime | None:
    """When it came to the end at which it is; none while it is open."""
    ended = None
    for moment in reversed(history):
        if moment.state not in OVER:
            break
        ended = moment.at
    return ended
