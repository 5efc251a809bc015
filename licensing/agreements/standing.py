"""What is signed, for whoever has to know: an agency's agreement on a day, a person's documents, all in few questions.

Rules: MO-LI-1, MO-LI-5, SAC-LI-1, SON-LI-1, VT-LI-1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import joinedload

from core.db import among, db
from core.people.models import Agency, CoC
from core.policy import policy_for
from core.policy.vocabulary import Requirement
from core.ui import times
from licensing.agreements import rules
from licensing.agreements.models import Agreement, Document, DocumentVersion
from licensing.agreements.rules import ASKED_BY, OF_PERSONS, Kind, State, Told


def agency_agreement(agency_id: int, at: datetime) -> Agreement | None:
    """The agency agreement in force at that instant, also one that has ended since; None when there was none."""
    query = select(Agreement).where(Agreement.agency_id == agency_id, Agreement.kind == Kind.AGENCY)
    query = query.where(Agreement.in_force(at)).order_by(Agreement.effective_at.desc(), Agreement.id.desc())
    return db.session.scalar(query.limit(1))


def agencies_with_agreement(agency_ids: Iterable[int], at: datetime) -> set[int]:
    """Which of these agencies had one in force at that instant, in one question."""
    query = select(Agreement.agency_id).where(among(Agreement.agency_id, agency_ids), Agreement.kind == Kind.AGENCY)
    return set(db.session.scalars(query.where(Agreement.in_force(at)).distinct()))


def has_agency_agreement(agency_id: ColumnElement[int], at: datetime) -> ColumnElement[bool]:
    """The same as a condition, for a question that asks more at once."""
    return exists().where(Agreement.agency_id == agency_id, Agreement.kind == Kind.AGENCY, Agreement.in_force(at))


def agencies_acted_for(person_id: int, at: datetime) -> list[Agency]:
    """For which other agencies this person may work, by a coordinated services agreement in force (VT-LI-1)."""
    query = select(Agency).join(Agreement, Agreement.other_agency_id == Agency.id)
    query = query.where(Agreement.person_id == person_id, Agreement.kind == Kind.COORDINATED, Agreement.in_force(at))
    return list(db.session.scalars(query.order_by(Agency.name).distinct()))


def documents_in(coc: CoC, at: datetime) -> list[Document]:
    """What is signed in a community: published, not retired, and not kept elsewhere."""
    ready = exists().where(DocumentVersion.document_id == Document.id, DocumentVersion.published_at <= at)
    query = select(Document).where(Document.lead_id == coc.lead_id, Document.retired_at.is_(None), ready)
    query = query.where(or_(Document.coc_id.is_(None), Document.coc_id == coc.id), Document.source == "")
    return list(db.session.scalars(query.order_by(Document.id)))


def asks_persons(coc: CoC, at: datetime) -> bool:
    """Whether a person who is to get a license here has something to sign."""
    return any(one.is_of_persons for one in documents_in(coc, at))


@dataclass(frozen=True)
class Asked:
    """A request's number, its agency, and the person (None before the service knows them)."""

    id: int
    agency: Agency
    person_id: int | None


def told(asked: Sequence[Asked], at: datetime) -> dict[int, Mapping[Requirement, Told]]:
    """For each request what is known of the documents its manual asks for; nothing of what is not signed here."""
    known = {coc.id: {one.kind for one in documents_in(coc, at)} for coc in {one.agency.coc for one in asked}}
    rows = _rows(asked)
    return {one.id: _told(one, known[one.agency.coc_id], rows, at) for one in asked}


def _rows(asked: Sequence[Asked]) -> list[Agreement]:
    if not asked:
        return []
    query = select(Agreement).where(among(Agreement.agency_id, {one.agency.id for one in asked}))
    people = {one.person_id for one in asked if one.person_id}
    theirs = or_(Agreement.person_id.is_(None), among(Agreement.person_id, people))
    query = query.where(theirs, Agreement.kind != Kind.COORDINATED).options(joinedload(Agreement.document))
    return list(db.session.scalars(query.order_by(Agreement.id.desc())))


def _told(
    one: Asked, known: set[Kind], rows: Sequence[Agreement], at: datetime
) -> dict[Requirement, Told]:  # fmt: skip
    found: dict[Requirement, Told] = {}
    policy = policy_for(one.agency.coc, at.astimezone(one.agency.zone).date())
    for requirement, kind in ASKED_BY.items():
        person_id = one.person_id if kind in OF_PERSONS else None
        mine = [r for r in rows if r.agency_id == one.agency.id and r.kind is kind and r.person_id == person_id]
        mine = [] if kind in OF_PERSONS and person_id is None else mine
        signed = next((row for row in mine if row.is_in_force(at)), None)
        if signed is not None:
            found[requirement] = Told(is_signed=True, sentence=_signed(signed), url=f"/agreements/{signed.id}")
        elif kind in known and kind in rules.kinds_asked(policy):
            found[requirement] = _missing(kind, mine)
    return found


def _signed(row: Agreement) -> str:
    when = times.say_day((row.signed_at or row.sent_at).astimezone(row.agency.zone).date())
    return f"{row.signer_name} signed {row.document.title} on {when}."


def _missing(kind: Kind, mine: Sequence[Agreement]) -> Told:
    last = next(iter(mine), None)
    if last is None:
        waits = "It is sent to the person once the request is approved." if kind in OF_PERSONS else "It was not sent."
        return Told(is_signed=False, sentence=waits)
    words = {
        State.SENT: "It was sent, and is not signed yet.",
        State.SIGNED: "It is signed, and the HMIS Lead has not countersigned it yet.",
    }
    sentence = words.get(last.state, f"The last one is {last.state}.")
    return Told(is_signed=False, sentence=sentence, url=f"/agreements/{last.id}")
