"""Who is told of a change of the policies: the committee of a vote, every executive director of what was adopted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.deadlines import Deadline
from core.people.models import Person
from core.people.services import managers_of
from helpdesk.matters import mails
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery

HEADING = "A change of the HMIS policies"


def to_vote(row: PolicyChange, members: Iterable[Person]) -> None:
    _tell(row, members, "A proposed change of the HMIS policies is put to your vote.", "vote")


def voted(row: PolicyChange, at: datetime) -> None:
    says = f"The data committee has {row.state} a proposed change of the HMIS policies. The board decides next."
    if row.state == "rejected":
        says = "The data committee has rejected a proposed change of the HMIS policies."
    _tell(row, {row.proposed_by, *keepers(row, at)}, says, "voted")


def forwarded(row: PolicyChange, delivery: PolicyDelivery, directors: Iterable[Person], clock: Deadline) -> None:
    says = (
        "A change of the HMIS policies has been adopted. Read it, see that it goes round in your agency, and "
        "acknowledge it on its page."
    )
    people = sorted(directors, key=lambda person: person.id)
    once = f"forwarded-{delivery.id}"
    mails.tell(people, row, _path(row), says, once=once, explanation=clock.explanation, heading=HEADING)


def reminder(row: PolicyChange, clock: Deadline, people: Iterable[Person], says: str, once: str) -> None:
    mails.tell(people, row, _path(row), says, once=once, explanation=clock.explanation, heading=HEADING)


def keepers(row: PolicyChange, at: datetime) -> list[Person]:
    return managers_of(row.lead_id, at, row.coc_id)


def _tell(row: PolicyChange, people: Iterable[Person], says: str, once: str) -> None:
    in_order = sorted(people, key=lambda person: person.id)
    mails.tell(in_order, row, _path(row), says, once=once, heading=HEADING)


def _path(row: PolicyChange) -> str:
    return f"/policy-changes/{row.id}"
