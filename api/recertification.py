from __future__ import annotations

from datetime import date, datetime
from typing import Any

from api.blueprint import bp, failures
from api.schemas import Given, Id, Listing, Model, Paging, Said
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden
from core.paging import page_of
from core.policy.vocabulary import CycleName
from training.courses.vocabulary import Credit
from training.recertification import queries, services, stopping
from training.recertification.models import Campaign, Obligation
from training.recertification.permissions import Permission as P
from training.recertification.rules import Audience, CampaignState, Owes, Pace

TAG = "Recertification"


class CampaignOut(Model):
    """One round of a cycle; `coc_id` null: of the Lead's own staff. A rolling one has no period and never ends.

    `titles` names each training owed; `days` is the Lead's own number where the manual gives none.
    """

    id: int
    lead_id: int
    coc_id: int | None
    cycle: CycleName
    audience: Audience
    pace: Pace
    title: str
    titles: dict[str, str]
    times: int
    period_from: date | None
    period_to: date | None
    due_on: date | None
    days: int | None
    grace_on: date | None
    state: CampaignState
    pack: str
    pack_version: date
    opened_at: datetime | None
    stopped_at: datetime | None
    stop_reason: str


class CountOut(Model):
    met: int
    exempt: int
    owed: int
    late: int


class CampaignDetail(CampaignOut):
    """With how far each of its trainings is."""

    counts: dict[str, CountOut]


class CampaignList(Paging):
    items: list[CampaignOut]


class ObligationOut(Model):
    """What one person owes once: for one license (`agency_id` null: for work at the Lead), one credit.

    `due_at` is the last second on time.
    """

    id: int
    campaign_id: int
    lead_id: int
    coc_id: int | None
    agency_id: int | None
    person_id: int
    credit: str
    times: int
    done: int
    from_at: datetime
    due_at: datetime
    state: Owes
    met_at: datetime | None
    lapsed_at: datetime | None
    exempt_reason: str


class ObligationDetail(ObligationOut):
    """With the reasons: why this person owes it, and why by then."""

    explanation: dict[str, Any]


class ObligationList(Paging):
    items: list[ObligationOut]


class ObligationQuery(Listing):
    """Without a state: what is still to do or late."""

    state: Owes | None = None
    credit: Credit | None = None
    campaign_id: Id | None = None
    agency_id: Id | None = None


class ExcuseGiven(Given):
    reason: Said


class StopGiven(Given):
    reason: Said


@bp.get("/training/campaigns")
@requires(P.GUIDE)
@bp.input(Listing, location="query")
@bp.output(CampaignList)
@bp.doc(tags=[TAG], summary="Campaigns, newest first", security="bearer", responses=failures(422))
def list_campaigns(query_data: Listing) -> Any:
    page = page_of(
        queries.campaigns(current_principal()), [Campaign.id], descending=True, after=query_data.after or "", before=""
    )
    return {"items": page.rows, "next": page.next}


@bp.get("/training/campaigns/<int:campaign_id>")
@requires(P.GUIDE)
@bp.output(CampaignDetail)
@bp.doc(tags=[TAG], summary="How far a campaign is", security="bearer", responses=failures(404))
def show_campaign(campaign_id: int) -> Any:
    return _campaign(queries.visible_campaign(current_principal(), campaign_id))


def _campaign(row: Campaign) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in CampaignOut.model_fields}, "counts": queries.by_credit(row)}


@bp.post("/training/campaigns/<int:campaign_id>/stop")
@requires(P.KEEP)
@bp.input(StopGiven, arg_name="given")
@bp.output(CampaignDetail)
@bp.doc(
    tags=[TAG], summary="It goes on no longer; with the same reason again it is once", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def stop_campaign(campaign_id: int, given: StopGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_campaign(principal, campaign_id)
        if not queries.reaches(principal, P.KEEP, row.lead, row.coc):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        stopping.stop(row, principal, given.reason, clock.now())
    return _campaign(queries.visible_campaign(principal, campaign_id))


@bp.get("/training/obligations")
@requires(P.SEE)
@bp.input(ObligationQuery, location="query")
@bp.output(ObligationList)
@bp.doc(tags=[TAG], summary="Who owes what, the soonest first", security="bearer", responses=failures(422))
def list_obligations(query_data: ObligationQuery) -> Any:
    asked = {
        "state": query_data.state or "", "credit": query_data.credit or "",
        "campaign": str(query_data.campaign_id or ""), "agency": str(query_data.agency_id or ""),
    }  # fmt: skip
    query = queries.obligations(current_principal(), asked)
    page = page_of(query, [Obligation.due_at, Obligation.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/training/obligations/<int:obligation_id>")
@requires(P.SEE)
@bp.output(ObligationDetail)
@bp.doc(tags=[TAG], summary="One, with its reasons", security="bearer", responses=failures(404))
def show_obligation(obligation_id: int) -> Any:
    return _detail(queries.visible_obligation(current_principal(), obligation_id))


@bp.post("/training/obligations/<int:obligation_id>/excuse")
@requires(P.KEEP)
@bp.input(ExcuseGiven, arg_name="given")
@bp.output(ObligationDetail)
@bp.doc(
    tags=[TAG], summary="It is not owed in this round, for a reason", security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)  # fmt: skip
def excuse_obligation(obligation_id: int, given: ExcuseGiven) -> Any:
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_obligation(principal, obligation_id, lock=True)
        if not queries.may_keep(principal, row):
            raise Forbidden("Your role does not include this here.", "Ask the HMIS Lead.")
        services.excuse([row], principal, given.reason, clock.now())
    return _detail(row)


def _detail(row: Obligation) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ObligationOut.model_fields}, "explanation": services.explain(row)
    }  # fmt: skip
