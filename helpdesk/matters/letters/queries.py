from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from core.authz import Principal, found
from core.db import db
from core.people.models import Agency
from core.search import Hit, like
from core.search import provider as search_provider
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.matters.permissions import Permission


def letters(principal: Principal, filters: Mapping[str, str]) -> Select[ParticipationLetter]:
    reach = principal.scope(Permission.LETTER_VIEW).where(ParticipationLetter)
    query = select(ParticipationLetter).where(reach)
    query = query.options(joinedload(ParticipationLetter.agency), joinedload(ParticipationLetter.requested_by))
    if filters.get("agency", "").isdecimal():
        query = query.where(ParticipationLetter.agency_id == int(filters["agency"][:18]))
    return query


def visible_letter(principal: Principal, letter_id: int) -> ParticipationLetter:
    query = letters(principal, {}).where(ParticipationLetter.id == letter_id)
    row: ParticipationLetter = found(db.session.scalar(query.options(joinedload(ParticipationLetter.file))))
    return row


@search_provider("Participation letters")
def find_letters(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By number, or by the agency's name."""
    if not principal.can(Permission.LETTER_VIEW):
        return []
    named = func.lower(ParticipationLetter.number).like(like(text)) | func.lower(Agency.name).like(like(text))
    query = letters(principal, {}).join(Agency, Agency.id == ParticipationLetter.agency_id).where(named)
    rows = db.session.scalars(query.order_by(ParticipationLetter.id.desc()).limit(limit))
    area = "Participation letters"
    return [Hit(row.number, f"/participation-letters?agency={row.agency_id}", area, row.agency.name) for row in rows]
