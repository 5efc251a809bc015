"""Who is told of a conflict, and when: both sides, the data committee of an impasse, the assistant director last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from core.deadlines import Deadline
from core.people.models import DesignationKind, Person, StaffRole
from core.people.services import designated, managers_of, staff_of
from helpdesk.matters import mails
from helpdesk.matters.conflicts.models import Conflict
from helpdesk.matters.conflicts.rules import Side
from helpdesk.matters.seats.services import holders

HEADING = "A conflict between an agency and the HMIS Lead"
SPEAKERS = (DesignationKind.REPRESENTATIVE, DesignationKind.EXECUTIVE_DIRECTOR)


def opened(row: Conflict, side: Side, at: datetime) -> None:
    _tell(row, people_of(row, side.other, at), f"{_who(row, side)} has written down a conflict with you.", "opened")


def stated(row: Conflict, side: Side, at: datetime) -> None:
    says = f"{_who(row, side)} has added to conflict {row.id}."
    _tell(row, people_of(row, side.other, at), says, f"stated-{at:%Y%m%dT%H%M%S}")


def forwarded(row: Conflict, at: datetime) -> None:
    _tell(row, managers(row, at), f"Conflict {row.id} has been forwarded to you. Take it up on its page.", "forwarded")


def taken_up(row: Conflict, at: datetime) -> None:
    _tell(row, people_of(row, Side.AGENCY, at), f"The HMIS Lead's manager has taken up conflict {row.id}.", "taken-up")


def impasse(row: Conflict, at: datetime) -> None:
    _tell(row, both(row, at), f"An impasse has been declared in conflict {row.id}.", "impasse")


def committee_told(row: Conflict, at: datetime) -> None:
    members = holders(StaffRole.DATA_COMMITTEE, row.lead_id, row.coc_id, at)
    says = f"An impasse has been declared between {row.agency.name} and the HMIS Lead, and you are told of it."
    _tell(row, members, says, "committee")


def with_director(row: Conflict, at: datetime) -> None:
    """Where nobody has that seat, the Lead's administrators, who can name somebody."""
    directors = holders(StaffRole.ASSISTANT_DIRECTOR, row.lead_id, row.coc_id, at)
    if directors:
        says = f"Conflict {row.id} has come to you for a decision, which is final."
        _tell(row, directors, says, "director")
    else:
        says = (
            f"Conflict {row.id} waits for the assistant director, and nobody has that seat. Name somebody under Seats."
        )
        _tell(row, staff_of(row.lead_id, StaffRole.ADMIN, at, row.coc_id), says, "no-director")


def proposed(row: Conflict, side: Side, at: datetime) -> None:
    says = f"{_who(row, side)} has proposed a settlement of conflict {row.id}, and signed it."
    _tell(row, people_of(row, side.other, at), says, f"proposed-{at:%Y%m%dT%H%M%S}")


def over(row: Conflict, at: datetime) -> None:
    says = f"Conflict {row.id} is decided; the decision is final." if row.decision else f"Conflict {row.id} is settled."
    _tell(row, both(row, at), says, "over")


def soon(row: Conflict, clock: Deadline, at: datetime) -> None:
    says = f"{clock.title}: this is due soon."
    _tell(row, managers(row, at), says, f"soon-{clock.kind}-{at:%Y%m%dT%H%M}", clock.explanation)


def missed(row: Conflict, clock: Deadline, at: datetime) -> None:
    says = f"{clock.title}: the time for it is over."
    _tell(row, managers(row, at), says, f"missed-{clock.kind}", clock.explanation)


def managers(row: Conflict, at: datetime) -> list[Person]:
    return managers_of(row.lead_id, at, row.coc_id)


def people_of(row: Conflict, side: Side, at: datetime) -> list[Person]:
    if side is Side.LEAD:
        return managers(row, at)
    named = {person.id: person for kind in SPEAKERS for person in designated(row.agency_id, kind, at)}
    return list(named.values())


def both(row: Conflict, at: datetime) -> list[Person]:
    return list({person.id: person for side in Side for person in people_of(row, side, at)}.values())


def _who(row: Conflict, side: Side) -> str:
    return row.agency.name if side is Side.AGENCY else "The HMIS Lead"


def _tell(row: Conflict, people: Iterable[Person], says: str, once: str, why: dict[str, Any] | None = None) -> None:
    mails.tell(people, row, f"/conflicts/{row.id}", says, once=once, explanation=why, heading=HEADING)
