"""How a change of the policies is adopted: listed, a majority of the data committee, the board (SON-HD-12). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.policy import Policy
from core.policy.vocabulary import LadderName


class ChangeState(StrEnum):
    LISTED = "listed"
    VOTING = "voting"
    APPROVED = "approved"
    REJECTED = "rejected"
    ADOPTED = "adopted"
    REFUSED = "refused"
    FORWARDED = "forwarded"


class Act(StrEnum):
    PUT_TO_VOTE = "put to the vote"
    VOTE = "vote on"
    APPROVE = "approve"
    REJECT = "reject"
    ADOPT = "adopt"
    REFUSE = "refuse"
    FORWARD = "forward"


class Choice(StrEnum):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


_S, _A = ChangeState, Act
TRANSITIONS: dict[tuple[ChangeState, Act], ChangeState] = {
    (_S.LISTED, _A.PUT_TO_VOTE): _S.VOTING,
    (_S.VOTING, _A.VOTE): _S.VOTING,
    (_S.VOTING, _A.APPROVE): _S.APPROVED,
    (_S.VOTING, _A.REJECT): _S.REJECTED,
    (_S.APPROVED, _A.ADOPT): _S.ADOPTED,
    (_S.APPROVED, _A.REFUSE): _S.REFUSED,
    (_S.ADOPTED, _A.FORWARD): _S.FORWARDED,
    (_S.FORWARDED, _A.FORWARD): _S.FORWARDED,
}


@dataclass(frozen=True)
class Tally:
    """How a vote stands. `needed` is a majority: more than half of the members, whether or not they have voted."""

    members: int
    in_favor: int
    against: int
    abstained: int

    @property
    def needed(self) -> int:
        return self.members // 2 + 1

    @property
    def still_to_vote(self) -> int:
        return self.members - self.in_favor - self.against - self.abstained

    @property
    def outcome(self) -> Act | None:
        """Approved once a majority is for it, rejected once none can be; until then open."""
        if self.members and self.in_favor >= self.needed:
            return Act.APPROVE
        if self.in_favor + self.still_to_vote < self.needed:
            return Act.REJECT
        return None

    @property
    def sentence(self) -> str:
        return (
            f"{self.in_favor} for, {self.against} against, {self.abstained} abstained, {self.still_to_vote} to vote; "
            f"a majority of the {self.members} members is {self.needed}."
        )


def tally(members: Collection[int], votes: Mapping[int, Choice]) -> Tally:
    """One vote a member; who is no longer a member does not count (SON-HD-12)."""
    counted = Counter(choice for person_id, choice in votes.items() if person_id in set(members))
    return Tally(len(set(members)), counted[Choice.FOR], counted[Choice.AGAINST], counted[Choice.ABSTAIN])


def has_ladder(policy: Policy) -> bool:
    return policy.has(LadderName.POLICY_CHANGE)


STEPS = {
    _S.LISTED: "listed",
    _S.VOTING: "data-committee",
    _S.APPROVED: "board",
    _S.ADOPTED: "forwarded",
    _S.FORWARDED: "acknowledged",
}


def explained(policy: Policy, state: ChangeState) -> dict[str, object] | None:
    """The step of the ladder on which it stands, with its paragraph; none once it was turned down."""
    code = STEPS.get(state)
    if code is None:
        return None
    ladder = policy.ladder(LadderName.POLICY_CHANGE)
    step = ladder.step(code)
    return {
        "because": [f"{step.who[0].upper()}{step.who[1:]}: {step.says[0].lower()}{step.says[1:]}"],
        "rule": step.rule,
        "title": policy.manual_of(ladder.source),
        "section": step.section,
        "pack": policy.pack,
        "version": str(policy.version),
    }
