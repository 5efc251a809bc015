"""What the table of routes needs of agencies: somebody designated, and a paper with a file."""

from __future__ import annotations

from core import clock
from core.db import unit_of_work
from core.files.services import store
from core.people.models import Agency, DesignationKind, Person
from licensing.agencies.models import How, Paper
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
        return {"designation": named.id, "paper": row.id}
