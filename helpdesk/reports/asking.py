"""What a person asks for in an address: whose figures, of which period, by what. Another's place is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select

from core.authz import Principal, Scope, found
from core.db import db
from core.people.models import Agency, CoC, Lead
from core.policy import Policy, policy_for
from core.policy.vocabulary import CycleName
from helpdesk.reports.figures import Dimension, Place
from helpdesk.reports.permissions import Permission
from helpdesk.reports.rules import Period, PeriodKind, before, period_of

OLDEST = date(2000, 1, 1)


class Time(StrEnum):
    """How long something took: by the desk's opening hours, or by the clock on the wall."""

    OPEN = "open"
    ELAPSED = "elapsed"


@dataclass(frozen=True)
class Asked:
    place: Place
    cocs: list[CoC]
    kinds: list[PeriodKind]
    period: Period
    earlier: Period
    dimensions: list[Dimension]
    dimension: Dimension
    time: Time
    agency: Agency | None


def leads_in_reach(principal: Principal, permission: StrEnum) -> list[Lead]:
    """Where the person has this permission, also where their part in it is one CoC or agency."""
    scope = principal.scope(permission)
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    of_agencies = select(Agency.lead_id).where(Agency.id.in_(scope.agency_ids))
    reach = or_(Lead.id.in_(scope.lead_ids), Lead.id.in_(of_cocs), Lead.id.in_(of_agencies))
    return list(db.session.scalars(select(Lead).where(reach).order_by(Lead.name, Lead.id)))


def lead_asked(principal: Principal, permission: StrEnum, args: Mapping[str, str]) -> Lead:
    """The one named by `lead`, else the first. Raises NotFound."""
    wanted = args.get("lead", "")
    leads = leads_in_reach(principal, permission)
    lead: Lead = found(next((lead for lead in leads if not wanted or str(lead.id) == wanted), None))
    return lead


def place_of(principal: Principal, args: Mapping[str, str]) -> Place:
    """Everything of one Lead that the person may see, before anything is narrowed."""
    lead = lead_asked(principal, Permission.VIEW, args)
    scope = principal.scope(Permission.VIEW)
    if lead.id in scope.lead_ids:
        return Place(lead)
    here = select(CoC.id).where(CoC.lead_id == lead.id, CoC.id.in_(scope.coc_ids))
    if scope.coc_ids and (cocs := frozenset(db.session.scalars(here))):
        return Place(lead, coc_ids=cocs)
    return Place(lead, agency_ids=scope.agency_ids)


def serves(principal: Principal, permission: StrEnum, place: Place) -> bool:
    """Whether the person has it as staff of this place: a role under another Lead tells nothing of this one."""
    scope = principal.scope(permission)
    of_cocs = place.coc_ids is not None and place.coc_ids <= scope.coc_ids
    return place.lead.id in scope.lead_ids or of_cocs


def policy_of(lead: Lead, now: datetime) -> Policy | None:
    """The pack of the Lead's first community; what binds the whole office every pack has from HUD's."""
    coc = db.session.scalar(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.id).limit(1))
    return policy_for(coc, now.astimezone(ZoneInfo(coc.tz)).date()) if coc else None


def fiscal_start(policy: Policy | None) -> tuple[int, int] | None:
    """Month and day on which the community's yearly cycle begins; none where its pack fixes no day."""
    if policy is None or not policy.has(CycleName.RECERTIFICATION):
        return None
    begins = policy.cycle(CycleName.RECERTIFICATION).starts_in(2000)
    return (begins.month, begins.day) if begins else None


def asked(principal: Principal, args: Mapping[str, str], now: datetime) -> Asked:
    """What an address says wrongly narrows nothing; a place that is not theirs raises NotFound."""
    whole = place_of(principal, args)
    fiscal = fiscal_start(policy_of(whole.lead, now))
    kinds = [kind for kind in PeriodKind if kind is not PeriodKind.FISCAL_YEAR or fiscal]
    kind = PeriodKind(args["period"]) if args.get("period") in kinds else PeriodKind.MONTH
    period = period_of(kind, _day(args.get("on", ""), now.astimezone(whole.zone).date()), fiscal or (1, 1))
    dimensions = dimensions_for(principal, whole)
    named = args.get("by", "")
    narrowed, cocs, agency = narrow(principal, whole, args)
    return Asked(
        place=narrowed,
        cocs=cocs,
        kinds=kinds,
        period=period,
        earlier=before(period, fiscal or (1, 1)),
        dimensions=dimensions,
        dimension=Dimension(named) if named in dimensions else dimensions[0],
        time=Time.ELAPSED if args.get("time") == Time.ELAPSED else Time.OPEN,
        agency=agency,
    )


def dimensions_for(principal: Principal, place: Place) -> list[Dimension]:
    """An agency sees its own figures, and nothing of who works how at the Lead."""
    if serves(principal, Permission.STAFF, place):
        return list(Dimension)
    several = place.agency_ids is not None and len(place.agency_ids) > 1
    return [d for d in Dimension if d is not Dimension.STAFF and (several or d is not Dimension.AGENCY)]


def narrow(principal: Principal, place: Place, args: Mapping[str, str]) -> tuple[Place, list[CoC], Agency | None]:
    """The place with the CoC and the agency that were asked for, and the CoCs there are to choose from."""
    scope = principal.scope(Permission.VIEW)
    cocs = list(db.session.scalars(_cocs(scope, place.lead))) if scope.is_staff else []
    if wanted := args.get("coc", ""):
        coc = found(next((coc for coc in cocs if str(coc.id) == wanted), None))
        place = replace(place, coc_ids=frozenset({coc.id}))
    agency = None
    if (wanted := args.get("agency", "")) and wanted.isascii() and wanted.isdecimal():
        query = select(Agency).where(Agency.id == int(wanted[:18]), Agency.lead_id == place.lead.id)
        agency = found(db.session.scalar(query.where(scope.over_agencies())))
        place = replace(place, agency_ids=frozenset({agency.id}))
    return place, cocs, agency


def _cocs(scope: Scope, lead: Lead) -> Select[CoC]:
    mine = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))
    return select(CoC).where(CoC.lead_id == lead.id, mine).order_by(CoC.name)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return min(max(day, OLDEST), today)


def next_period(asked: Asked, now: datetime) -> date | None:
    """A day of the period after; none where it has not begun."""
    day = asked.period.ends + timedelta(days=1)
    return day if day <= now.astimezone(asked.place.zone).date() else None
