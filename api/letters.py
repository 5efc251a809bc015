from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from api.blueprint import bp, failures, idempotency_key
from api.complaints import Words
from api.schemas import Given, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.files import send
from core.paging import page_of
from helpdesk.matters.letters import queries, services
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.matters.letters.rules import Standing
from helpdesk.matters.permissions import Permission as P
from helpdesk.matters.places import agency_in_reach

TAG = "Participation letters"


class LetterOut(Model):
    id: int
    number: str
    agency_id: int
    standing: Standing
    addressee: str
    issued_at: datetime
    requested_by_id: int


class LetterList(Paging):
    items: list[LetterOut]


class NewLetter(Given):
    """`agency` is its name; who speaks for one agency only may leave it out."""

    agency: Words = ""
    addressee: Words = ""


@bp.get("/participation-letters")
@requires(P.LETTER_VIEW)
@bp.input(Listing, location="query")
@bp.output(LetterList)
@bp.doc(tags=[TAG], summary="List letters, newest first", security="bearer", responses=failures(422))
def list_letters(query_data: Listing) -> Any:
    query = queries.letters(current_principal(), {})
    page = page_of(query, [ParticipationLetter.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/participation-letters")
@requires(P.LETTER_ISSUE)
@bp.input(NewLetter, arg_name="given")
@bp.output(LetterOut, status_code=201)
@bp.doc(tags=[TAG], summary="Have a letter made", security="bearer", responses=failures(400, 404, 409, 413, 422))
def issue_letter(given: NewLetter) -> Any:
    principal, once = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        agency = agency_in_reach(principal, P.LETTER_ISSUE, given.agency)
        return services.issue(agency, principal, given.addressee, once, clock.now())


@bp.get("/participation-letters/<int:letter_id>/file")
@requires(P.LETTER_VIEW)
@bp.doc(
    tags=[TAG],
    summary="The letter itself",
    security="bearer",
    responses={200: {"description": "A PDF.", "content": {"application/pdf": {}}}, **failures(404)},
)
def letter_file(letter_id: int) -> Any:
    return send(queries.visible_letter(current_principal(), letter_id).file)
