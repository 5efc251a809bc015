"""What the table of routes needs of agencies: somebody designated, and a paper with a file."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from werkzeug.datastructures import FileStorage

from core import clock
from core.authz import Principal, Role, RoleGrant
from core.db import unit_of_work
from core.files.services import store
from core.people.models import Agency, DesignationKind, Person
from licensing.agencies.models import How, Paper
from licensing.endings import services
from licensing.endings.models import DefaultNotice, Suspension
from licensing.endings.rules import Party
from licensing.endings.services import Notice
from tests.support.factories import designate


def of(agency: Agency, person: Person, mark: str) -> dict[str, int]:
    named = designate(person, agency, DesignationKind.REPRESENTATIVE)
    with unit_of_work() as session:
        row = Paper(
            lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, kind="privacy-notice", how=How.LETTER,
            day=clock.now().date(), note=f"Seen, says {mark}.", by_id=person.id, at=clock.now(),
            file_id=store(b"plain words", f"{mark}.txt").id,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return {"designation": named.id, "paper": row.id, "default": _leaving(agency, person, mark)}


def _leaving(agency: Agency, person: Person, mark: str) -> int:
    """Notice with its letter, a default, and a suspension that somebody may lift."""
    now = clock.now()
    office = Principal(person.id, "", "", "", (RoleGrant(Role.LEAD_ADMIN, lead_id=agency.lead_id),))
    letter = FileStorage(BytesIO(b"plain words"), f"{mark}.txt")
    whose = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "by_id": person.id, "at": now}
    with unit_of_work() as session:
        today, last = now.date(), now.date() + timedelta(days=300)
        told = Notice(Party.AGENCY, today, How.LETTER, last, f"Closing, says {mark}.", f"ends-{agency.id}", letter)
        services.give_notice(agency, told, office, now)
        said = {"party": Party.AGENCY, "given_on": today, "cure_by": now + timedelta(days=10), "once": f"d-{agency.id}"}
        row = DefaultNotice(reason=f"Not kept, says {mark}.", **said, **whose)
        session.add_all([row, Suspension(reason=f"Suspended, says {mark}.", was="active", **whose)])
        session.flush()
        return row.id
