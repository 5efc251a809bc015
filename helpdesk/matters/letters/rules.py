"""Which agency gets a participation letter, and what it says (MO-HD-10). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.policy import Policy
from core.policy.vocabulary import ListName


class Standing(StrEnum):
    """How an agency stands to the HMIS; the first two are what the packs call those who get a letter."""

    PARTICIPANT = "current-participant"
    ONBOARDING = "onboarding"


OF_STATUS = {
    "active": Standing.PARTICIPANT,
    "suspended": Standing.PARTICIPANT,
    "onboarding": Standing.ONBOARDING,
}
OWN_PRACTICE = "This community's manual says nothing of such letters; the HMIS Lead issues them by its own practice."


@dataclass(frozen=True)
class Entitlement:
    """Whether a letter is issued, as what, and on what ground."""

    standing: Standing | None
    sentence: str
    rule: str
    citation: str


def entitlement(policy: Policy, status: str, agency: str) -> Entitlement:
    """A current participant, whatever its compliance, and an agency that is onboarding; no other (MO-HD-10)."""
    standing = OF_STATUS.get(status)
    rule, citation = "", OWN_PRACTICE
    if policy.has(ListName.PARTICIPATION_LETTER):
        listed = policy.list(ListName.PARTICIPATION_LETTER)
        rule, citation = listed.rule, f"{policy.manual_of(listed.source)}, “{listed.section}”"
        standing = standing if standing and str(standing) in listed else None
    if standing is None:
        told = f"{agency} takes no part in the HMIS any more, so no participation letter can say that it does."
        return Entitlement(None, told, rule, citation)
    return Entitlement(standing, "A participation letter can be issued.", rule, citation)


@dataclass(frozen=True)
class Letter:
    """Everything that stands in a letter; equal letters are equal bytes."""

    number: str
    lead: str
    lead_address: str
    agency: str
    community: str
    community_code: str
    standing: Standing
    addressee: str
    issued_at: datetime
    citation: str

    @property
    def opening(self) -> str:
        return f"To {self.addressee}:" if self.addressee else "To whom it may concern:"

    @property
    def body(self) -> tuple[str, ...]:
        place = f"{self.community} ({self.community_code})"
        if self.standing is Standing.PARTICIPANT:
            first = (
                f"{self.agency} is a current participating agency in the Homeless Management Information System "
                f"(HMIS) of {place}."
            )
        else:
            first = (
                f"{self.agency} has begun onboarding to the Homeless Management Information System (HMIS) of {place} "
                "and is taking steps to participate."
            )
        second = f"{self.lead} is the HMIS Lead of that community and issues this letter at the agency's request."
        third = "It says nothing about compliance, data quality, or the outcome of any monitoring."
        return first, second, third


def number(code: str, issued_at: datetime, letter: int) -> str:
    """XX-501-2026-000042: the CoC's code, the year, and a number that is given once."""
    return f"{code}-{issued_at.year}-{letter:06d}"
