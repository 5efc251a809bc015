"""What is read of recertification: campaigns and how far they are, who owes what, and one's own part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, or_, select
from sqlalchemy import Date as SqlDate
from sqlalchemy.orm import Mapped, joinedload

from core.authz import Principal, found
from core.db import Base, db
from core.people.models import Agency, CoC, Lead, Person
from core.search import Hit, like
from core.search import provider as search_provider
from training.courses.vocabulary import Credit
from training.recertification import owing
from training.recertification.models import Campaign, Obligation
from training.recertification.permissions import Permission
from training.recertification.rules import Owes

STATES = {
    Owes.OWED: "To do", Owes.LAPSED: "Late", Owes.MET: "Done", Owes.EXEMPT: "Not owed", Owes.ENDED: "No longer owed",
}  # fmt: skip
OPEN_STATES = (Owes.OWED, Owes.LAPSED)
WITH_ITS_OWNERS = (
    joinedload(Obligation.campaign).joinedload(Campaign.lead), joinedload(Obligation.person),
    joinedload(Obligation.agency), joinedload(Obligation.lead), joinedload(Obligation.exempt_by),
)  # fmt: skip


def lead_to_guide(principal: Principal) -> Lead:
    """Whose cycles this person follows. Raises NotFound where there are none."""
    reach = principal.scope(Permission.GUIDE)
    of_cocs = select(CoC.lead_id).where(CoC.id.in_(reach.coc_ids))
    leads = or_(Lead.id.in_(reach.lead_ids), Lead.id.in_(of_cocs))
    lead: Lead = found(db.session.scalar(select(Lead).where(leads).order_by(Lead.id).limit(1)))
    return lead


def reaches(principal: Principal, permission: Permission, lead: Lead, coc: CoC | None) -> bool:
    """A CoC's cycles are for whoever serves it; those of the Lead's own staff for who works for all of it."""
    if coc is not None:
        return principal.can(permission, coc=coc)
    return lead.id in principal.scope(permission).lead_ids


def campaigns(principal: Principal) -> Select[Campaign]:
    query = select(Campaign).where(principal.scope(Permission.GUIDE).where(Campaign))
    return query.options(joinedload(Campaign.coc), joinedload(Campaign.lead))


def visible_campaign(principal: Principal, campaign_id: int) -> Campaign:
    row: Campaign = found(db.session.scalar(campaigns(principal).where(Campaign.id == campaign_id)))
    return row


@search_provider("Recertification")
def find_campaigns(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the beginning of the title, or of a word in it; staff only."""
    if not principal.can(Permission.GUIDE):
        return []
    title, begins = func.lower(Campaign.title), like(text)
    query = campaigns(principal).where(or_(title.like(begins), title.like(f"% {begins}")))
    rows = db.session.scalars(query.order_by(Campaign.id.desc()).limit(limit))
    return [Hit(row.title, f"/training/recertification/{row.id}", "Recertification", row.place) for row in rows]


# ------------------------------------------------------------------ who owes what


def obligations(principal: Principal, asked: Mapping[str, str]) -> Select[Obligation]:
    """What the people in reach owe, narrowed by state (what is open where none is asked for), agency, campaign,
    credit, and the beginning of a person's or agency's name."""
    query = select(Obligation).where(principal.scope(Permission.SEE).where(Obligation), _state(asked.get("state", "")))
    for name, column in (("agency", Obligation.agency_id), ("campaign", Obligation.campaign_id)):
        if asked.get(name, "").isdecimal():
            query = query.where(column == int(asked[name][:18]))
    if asked.get("credit"):
        query = query.where(Obligation.credit == asked["credit"])
    if asked.get("q"):
        query = query.where(_named(asked["q"]))
    return query.options(*WITH_ITS_OWNERS)


def _state(wanted: str) -> ColumnElement[bool]:
    if wanted == "all":
        return Obligation.state != Owes.ENDED
    return Obligation.state == Owes(wanted) if wanted in set(Owes) else Obligation.state.in_(OPEN_STATES)


def _named(text: str) -> ColumnElement[bool]:
    begins = like(text)
    people = select(Person.id).where(or_(func.lower(Person.name).like(begins), func.lower(Person.email).like(begins)))
    agencies = select(Agency.id).where(func.lower(Agency.name).like(begins))
    return or_(Obligation.person_id.in_(people), Obligation.agency_id.in_(agencies))


def visible_obligation(principal: Principal, obligation_id: int, *, lock: bool = False) -> Obligation:
    """Of the staff's reach, the agency's own people, or the person's own; anybody else's is not there."""
    reach = or_(principal.scope(Permission.SEE).where(Obligation), Obligation.person_id == principal.person_id)
    query = select(Obligation).where(Obligation.id == obligation_id, reach).options(*WITH_ITS_OWNERS)
    if lock:
        query = query.with_for_update(of=Obligation).execution_options(populate_existing=True)
    row: Obligation = found(db.session.scalar(query))
    return row


def ticked(principal: Principal, numbers: list[int]) -> list[Obligation]:
    """Those of the numbers that are this person's to excuse, locked in one order."""
    mine = principal.scope(Permission.KEEP).where(Obligation)
    query = select(Obligation).where(Obligation.id.in_(numbers), mine).options(*WITH_ITS_OWNERS)
    locked = query.order_by(Obligation.id).with_for_update(of=Obligation)
    return list(db.session.scalars(locked.execution_options(populate_existing=True)))


def may_keep(principal: Principal, row: Obligation) -> bool:
    if row.agency is not None:
        return principal.can(Permission.KEEP, agency=row.agency)
    return row.lead_id in principal.scope(Permission.KEEP).lead_ids


def own(person_id: int, limit: int = 100) -> list[Obligation]:
    """What the person owes, the soonest first."""
    query = select(Obligation).where(Obligation.person_id == person_id, Obligation.state.in_(OPEN_STATES))
    return list(
        db.session.scalars(query.options(*WITH_ITS_OWNERS).order_by(Obligation.due_at, Obligation.id).limit(limit))
    )


def own_settled(person_id: int, limit: int = 12) -> list[Obligation]:
    """What the person did, or need not do, the newest first."""
    settled = (Obligation.person_id == person_id, Obligation.state.in_([Owes.MET, Owes.EXEMPT]))
    query = select(Obligation).where(*settled).options(*WITH_ITS_OWNERS)
    return list(db.session.scalars(query.order_by(Obligation.due_at.desc(), Obligation.id.desc()).limit(limit)))


def behind_by_agency(principal: Principal, until: datetime, limit: int) -> list[tuple[int, str, int, int, datetime]]:
    """For an agency's own administrators: agency, its name, how many people are late, how many owe by then, since."""
    ids = principal.scope(Permission.SEE).agency_ids
    if not ids:
        return []
    late = case((Obligation.state == Owes.LAPSED, Obligation.person_id))
    query = (
        select(
            Agency.id, Agency.name, func.count(late.distinct()), func.count(Obligation.person_id.distinct()),
            func.min(Obligation.due_at),
        )
        .join(Agency, Agency.id == Obligation.agency_id)
        .where(Obligation.agency_id.in_(ids), Obligation.state.in_(OPEN_STATES), Obligation.due_at <= until)
        .group_by(Agency.id, Agency.name)
        .order_by(Agency.name, Agency.id)
    )  # fmt: skip
    return [(a, b, c, d, e) for a, b, c, d, e in db.session.execute(query.limit(limit))]


# ------------------------------------------------------------------ how far a campaign is


def _times(*states: Owes) -> ColumnElement[int]:
    return func.count(case((Obligation.state.in_(states), 1)))


_by_agency = (
    select(
        Obligation.campaign_id, Obligation.agency_id, Agency.name,
        _times(Owes.MET).label("met"), _times(Owes.EXEMPT).label("exempt"), _times(Owes.LAPSED).label("late"),
        _times(*OPEN_STATES).label("left"),
        _times(Owes.MET, Owes.EXEMPT, *OPEN_STATES).label("total"),
    )
    .join(Agency, Agency.id == Obligation.agency_id)
    .where(Obligation.state != Owes.ENDED)
    .group_by(Obligation.campaign_id, Obligation.agency_id, Agency.name)
    .subquery("agency_progress")
)  # fmt: skip


class AgencyProgress(Base):
    """How far one agency is in one campaign, counted in trainings owed; read only."""

    __table__ = _by_agency
    __mapper_args__ = {"primary_key": [_by_agency.c.campaign_id, _by_agency.c.agency_id]}

    campaign_id: Mapped[int]
    agency_id: Mapped[int]
    name: Mapped[str]
    met: Mapped[int]
    exempt: Mapped[int]
    late: Mapped[int]
    left: Mapped[int]
    total: Mapped[int]


def by_agency(row: Campaign) -> Select[AgencyProgress]:
    return select(AgencyProgress).where(AgencyProgress.campaign_id == row.id)


@dataclass(frozen=True)
class Count:
    """Of all trainings owed, or of one credit."""

    met: int
    exempt: int
    owed: int
    late: int

    @property
    def total(self) -> int:
        return self.met + self.exempt + self.owed + self.late

    @property
    def settled(self) -> int:
        return self.met + self.exempt


def by_credit(row: Campaign) -> dict[str, Count]:
    """How far each of its trainings is, in the manual's order."""
    query = select(Obligation.credit, Obligation.state, func.count()).where(
        Obligation.campaign_id == row.id, Obligation.state != Owes.ENDED
    )
    told = {(credit, state): n for credit, state, n in db.session.execute(query.group_by("credit", "state"))}
    return {
        credit: Count(*(told.get((credit, state), 0) for state in (Owes.MET, Owes.EXEMPT, Owes.OWED, Owes.LAPSED)))
        for credit in sorted(row.titles, key=[str(one) for one in Credit].index)
    }


def burn_down(row: Campaign, at: datetime) -> list[tuple[date, int]]:
    """What was left at the end of each day (of each week, where it is long) from its opening until today."""
    if row.opened_at is None or row.period_from is None:
        return []
    zone = ZoneInfo(row.coc.tz if row.coc else row.lead.tz)
    settled = func.coalesce(Obligation.met_at, Obligation.exempt_at, Obligation.opened_at)
    day = cast(func.timezone(zone.key, settled), SqlDate)
    is_settled = Obligation.state.in_([Owes.MET, Owes.EXEMPT])
    query = select(day, func.count()).where(Obligation.campaign_id == row.id, is_settled).group_by(day)
    done: dict[date, int] = {when: n for when, n in db.session.execute(query)}  # noqa: C416 - a row is no pair
    all_of_it = select(func.count()).where(Obligation.campaign_id == row.id, Obligation.state != Owes.ENDED)
    total = db.session.scalar(all_of_it) or 0
    first, last = row.period_from, at.astimezone(zone).date()
    step = 1 if (last - first).days <= 35 else 7
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]
    days = [*days, last] if days and days[-1] != last else days
    return [(one, total - sum(n for when, n in done.items() if when <= one)) for one in days]


@dataclass(frozen=True)
class Ahead:
    """What starting a campaign would mean: people and trainings owed, done already, and late at once."""

    people: int
    owed: int
    met: int
    exempt: int
    late: int
    months: list[tuple[date, int]]


def look_ahead(row: Campaign, at: datetime) -> Ahead:
    """Of a campaign that is in no table yet; nothing is written."""
    rows = owing.missing(owing.of_one(row), at).subquery("ahead")
    is_owed = rows.c.state == Owes.OWED.value
    counts = select(
        func.count(rows.c.person_id.distinct()).filter(is_owed), func.count().filter(is_owed),
        func.count().filter(rows.c.state == Owes.MET.value), func.count().filter(rows.c.state == Owes.EXEMPT.value),
        func.count(rows.c.person_id.distinct()).filter(and_(is_owed, rows.c.due_at < at)),
    )  # fmt: skip
    month = cast(func.date_trunc("month", func.timezone(row_zone(row), rows.c.due_at)), SqlDate)
    by_month = select(month, func.count(rows.c.person_id.distinct())).where(is_owed).group_by(month).order_by(month)
    people, owed, met, exempt, late = db.session.execute(counts).one()
    months = [(when, n) for when, n in db.session.execute(by_month)]
    return Ahead(people, owed, met, exempt, late, months)


def row_zone(row: Campaign) -> str:
    coc = db.session.get(CoC, row.coc_id) if row.coc_id else None
    return coc.tz if coc else db.session.get_one(Lead, row.lead_id).tz
