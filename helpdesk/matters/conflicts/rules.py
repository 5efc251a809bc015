"""How a conflict climbs: both write it down, the Lead's manager tries to settle it, an impasse is told to the data
committee, and the assistant director decides for good (SON-HD-11). Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from core.policy import Policy
from core.policy.vocabulary import LadderName


class Side(StrEnum):
    AGENCY = "agency"
    LEAD = "lead"

    @property
    def other(self) -> Side:
        return Side.LEAD if self is Side.AGENCY else Side.AGENCY


class ConflictState(StrEnum):
    NOTED = "noted"
    FORWARDED = "forwarded"
    WITH_MANAGER = "with-manager"
    IMPASSE = "impasse"
    WITH_DIRECTOR = "with-director"
    SETTLED = "settled"
    DECIDED = "decided"


class Act(StrEnum):
    STATE = "write about"
    FORWARD = "forward"
    TAKE_UP = "take up"
    DECLARE_IMPASSE = "declare an impasse in"
    TELL_COMMITTEE = "tell the data committee of"
    RUN_OUT = "run out of time with"
    PROPOSE = "propose a settlement of"
    SIGN = "sign the settlement of"
    SETTLE = "settle"
    DECIDE = "decide"


class Who(StrEnum):
    """Who does an act: a side's people, or the holder of an office."""

    EITHER = "either side"
    SPEAKERS = "who speaks for the agency, or the Lead's manager"
    MANAGER = "the Lead's manager"
    LEAD = "the HMIS Lead"
    DIRECTOR = "the assistant director"


_S, _A = ConflictState, Act
UNSETTLED = (_S.NOTED, _S.FORWARDED, _S.WITH_MANAGER, _S.IMPASSE, _S.WITH_DIRECTOR)
TRANSITIONS: dict[tuple[ConflictState, Act], ConflictState] = {
    **{(state, act): state for state in UNSETTLED for act in (_A.STATE, _A.PROPOSE, _A.SIGN)},
    **{(state, _A.SETTLE): _S.SETTLED for state in UNSETTLED},
    (_S.NOTED, _A.FORWARD): _S.FORWARDED,
    (_S.FORWARDED, _A.TAKE_UP): _S.WITH_MANAGER,
    (_S.FORWARDED, _A.DECLARE_IMPASSE): _S.IMPASSE,
    (_S.WITH_MANAGER, _A.DECLARE_IMPASSE): _S.IMPASSE,
    (_S.WITH_MANAGER, _A.RUN_OUT): _S.WITH_DIRECTOR,
    (_S.IMPASSE, _A.TELL_COMMITTEE): _S.WITH_DIRECTOR,
    (_S.WITH_DIRECTOR, _A.DECIDE): _S.DECIDED,
}
BY = {
    _A.STATE: Who.EITHER,
    _A.FORWARD: Who.EITHER,
    _A.TAKE_UP: Who.MANAGER,
    _A.DECLARE_IMPASSE: Who.EITHER,
    _A.TELL_COMMITTEE: Who.LEAD,
    _A.PROPOSE: Who.SPEAKERS,
    _A.SIGN: Who.SPEAKERS,
    _A.DECIDE: Who.DIRECTOR,
}
STEPS = {
    _S.NOTED: "written-notes",
    _S.FORWARDED: "lead-manager",
    _S.WITH_MANAGER: "lead-manager",
    _S.IMPASSE: "data-committee-told",
    _S.WITH_DIRECTOR: "assistant-director",
}


def has_ladder(policy: Policy) -> bool:
    return policy.has(LadderName.CONFLICT)


def acts_ever(side: Side | None, *, is_manager: bool, is_director: bool) -> frozenset[Act]:
    """What is somebody's to do at all: either party may declare an impasse; the last word is the assistant
    director's alone (SON-HD-11)."""
    doers = {
        Who.EITHER: side is not None,
        Who.SPEAKERS: side is Side.AGENCY or (side is Side.LEAD and is_manager),
        Who.MANAGER: side is Side.LEAD and is_manager,
        Who.LEAD: side is Side.LEAD,
        Who.DIRECTOR: is_director,
    }
    return frozenset(act for act, who in BY.items() if doers[who])


def acts(
    state: ConflictState,
    side: Side | None,
    *,
    is_manager: bool,
    is_director: bool,
    signed: Collection[Side],
    has_settlement: bool,
) -> frozenset[Act]:
    """What somebody may do with it now: what is theirs, where the conflict stands so that it can be done."""
    theirs = acts_ever(side, is_manager=is_manager, is_director=is_director)
    open_now = {act for act in theirs if (state, act) in TRANSITIONS}
    if not has_settlement or side in signed:
        open_now -= {Act.SIGN}
    return frozenset(open_now)


def explained(policy: Policy, state: ConflictState) -> dict[str, object] | None:
    """The step of the ladder on which it stands, with its paragraph; none once it is over."""
    code = STEPS.get(state)
    if code is None:
        return None
    ladder = policy.ladder(LadderName.CONFLICT)
    step = ladder.step(code)
    return {
        "because": [f"{step.who[0].upper()}{step.who[1:]}: {step.says[0].lower()}{step.says[1:]}"],
        "rule": step.rule,
        "title": policy.manual_of(ladder.source),
        "section": step.section,
        "pack": policy.pack,
        "version": str(policy.version),
    }
