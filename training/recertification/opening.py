"""Starting a cycle, opening each of its rounds, and keeping up with who comes and goes.

Rules: MO-TR-8, VT-TR-7, VT-TR-8, VT-TR-9, SON-TR-1, HUD-TR-1, HUD-TR-6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, func, or_, select, update

from core import clock
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.once import one_at_a_time
from core.people.models import CoC, Lead, LeadStaff
from core.policy import Policy, catalog, policy_for
from training.holders import holders
from training.recertification import locks, owing, rules
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import Audience, CampaignState, Owes, Pace, Period, Plan

LATEST_GRACE = timedelta(days=366)
OPEN_STATES = (Owes.OWED, Owes.LAPSED)


@dataclass(frozen=True)
class Choice:
    """What the Lead decides of a cycle: which period comes first, how many days where the manual gives no number,
    and the day before which nobody is late."""

    waits: bool = False
    days: int | None = None
    grace_on: date | None = None


def plans(lead: Lead, at: datetime) -> list[tuple[CoC | None, Plan]]:
    """What the packs of the Lead's communities ask, the Lead's own staff last."""
    cocs = list(db.session.scalars(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.name, CoC.id)))
    policies = {coc.id: policy_for(coc, _today(coc.tz, at)) for coc in cocs}
    told: list[tuple[CoC | None, Plan]] = [(coc, one) for coc in cocs for one in rules.plan(policies[coc.id])]
    own = next(filter(None, (rules.staff_plan(policies[coc.id]) for coc in sorted(cocs, key=lambda c: c.id))), None)
    return [*told, (None, own)] if own else told


def draft(lead: Lead, coc: CoC | None, plan: Plan, choice: Choice, at: datetime) -> Campaign:
    """The round that would come first, in no table yet. Raises Invalid for a choice that makes no sense."""
    today = _today(coc.tz if coc else lead.tz, at)
    period = None
    if plan.starts is not None:
        period = Period.holding(plan.starts, today)
        period = period.following(plan.starts) if choice.waits else period
    _must_make_sense(plan, period, choice, today)
    waits = period is not None and period.first > today
    return _row(lead, coc, plan, period, choice, CampaignState.PLANNED if waits else CampaignState.OPEN)


def _must_make_sense(plan: Plan, period: Period | None, choice: Choice, today: date) -> None:
    if plan.chooses_days and not 1 <= (choice.days or 0) <= 364:
        raise Invalid("Give from 1 to 364 days.", "30 days are usual.", field="days")
    if choice.waits and period is None:
        raise Invalid("It runs by each person's own year, so there is no next one to wait for.", field="first")
    if choice.grace_on is None:
        return
    if choice.grace_on < today:
        raise Invalid("This day is past.", "Choose today or a later day.", field="grace_on")
    if choice.grace_on > (period.last if period else today + LATEST_GRACE):
        until = "the year of this cycle is over then" if period else "a year is the most"
        raise Invalid(f"This day is too late: {until}.", "Choose an earlier one.", field="grace_on")


def _row(
    lead: Lead, coc: CoC | None, plan: Plan, period: Period | None, choice: Choice, state: CampaignState
) -> Campaign:
    day = f" from {period.first:%B} {period.first.day}, {period.first.year}" if period else ""
    row = Campaign(
        lead_id=lead.id, coc_id=coc.id if coc else None, cycle=plan.cycle, audience=plan.audience, pace=plan.pace,
        title=f"{plan.title}{day}", period_from=period.first if period else None,
        period_to=period.last if period else None, days=choice.days if plan.chooses_days else None,
        due_on=rules.due_on(plan, period, choice.days) if period else None, grace_on=choice.grace_on, state=state,
    )  # fmt: skip
    _as_planned(row, plan)
    return row


def _as_planned(row: Campaign, plan: Plan) -> None:
    policy = catalog.version(plan.pack, plan.version)
    row.titles, row.times, row.every = dict(plan.titles), plan.times, str(plan.every)
    row.every_months, row.every_days = rules.span_parts(plan.every)
    row.joins, row.december, row.day_ends = plan.joins, plan.december, policy.day_ends
    row.pack, row.pack_version = plan.pack, plan.version
    row.citation = {
        "rule": plan.rule, "source": plan.source, "section": plan.section, "manual": plan.manual, "says": plan.says,
        "pack": plan.pack, "version": plan.version.isoformat(), "local": plan.local,
    }  # fmt: skip


def start(lead: Lead, coc: CoC | None, plan: Plan, choice: Choice, by: Principal, once: str, at: datetime) -> Campaign:
    """The Lead lets a cycle begin: its first round now, or at its own day. The same form again is one.

    Raises Conflict where it was started before, Invalid for a choice that makes no sense.
    """
    one_at_a_time(once)
    known = db.session.scalar(select(Campaign).where(Campaign.once == once))
    if known is not None:
        return known
    locks.while_opening(lead.id)
    row = draft(lead, coc, plan, choice, at)
    _must_lock_nobody_at_once(row, at)
    if running(lead.id, row.coc_id, plan) is not None:
        raise Conflict("This cycle was started before.", "Its page says how far it is.")
    row.started_by_id, row.created_at, row.once = by.person_id, at, once
    db.session.add(row)
    db.session.flush()
    record("campaign.started", row, data={"title": row.title, "days": row.days, "nobody_late_before": row.grace_on})
    if row.state is CampaignState.OPEN:
        _open(row, at)
    return row


def _must_lock_nobody_at_once(row: Campaign, at: datetime) -> None:
    """Whoever begins with a cycle cannot know yet what everybody did before; a day of grace is asked for then."""
    if row.state is not CampaignState.OPEN:
        return
    rows = owing.missing(owing.of_one(row), at).subquery()
    late = select(func.count(rows.c.person_id.distinct())).where(rows.c.state == Owes.OWED, rows.c.due_at < at)
    if count := db.session.scalar(late):
        raise Invalid(
            f"{count:,} of them would be late at once, and locked out.",
            "Give a day before which nobody is late, so that they can do it first.", field="grace_on",
        )  # fmt: skip


def running(lead_id: int, coc_id: int | None, plan: Plan) -> Campaign | None:
    """The round that is planned or open."""
    query = select(Campaign).where(
        Campaign.lead_id == lead_id, Campaign.coc_id.is_not_distinct_from(coc_id), Campaign.cycle == plan.cycle,
        Campaign.audience == plan.audience, Campaign.state != CampaignState.OVER,
    )  # fmt: skip
    return db.session.scalar(query.order_by(Campaign.id.desc()).limit(1))


def _open(row: Campaign, at: datetime) -> None:
    """Its lock must be held."""
    row.state, row.opened_at = CampaignState.OPEN, at
    db.session.flush()
    written = owing.write(owing.of_rows(Campaign.id == row.id), at)
    record("campaign.opened", row, data={"title": row.title, "obligations": written})


# ------------------------------------------------------------------ as time goes on


def keep_up(lead_id: int, at: datetime) -> int:
    """Rounds whose day has come, people who got or lost a license: whatever changed since the last look.

    Safe to repeat, and side by side. Returns how many obligations it wrote.
    """
    for row in _rows(lead_id):
        _turn(row, at)
    db.session.flush()
    mine = owing.of_rows(Campaign.lead_id == lead_id, Campaign.state == CampaignState.OPEN)
    written = 0
    if db.session.scalar(select(exists(owing.missing(mine, at)))):
        locks.while_opening(lead_id)
        written = owing.write(mine, at)
    _end_gone(lead_id, at)
    return written


def _rows(lead_id: int) -> list[Campaign]:
    """Its unfinished rounds; locked where one has to turn, so that two processes turn it once."""
    query = select(Campaign).where(Campaign.lead_id == lead_id, Campaign.state != CampaignState.OVER)
    return list(db.session.scalars(query.order_by(Campaign.id)))


def _turn(row: Campaign, at: datetime) -> None:
    """Open a planned round on its day; end one whose period is over and open the next; follow a new pack version."""
    today = _today(_zone_of(row), at)
    opens = row.state is CampaignState.PLANNED and row.period_from is not None and row.period_from <= today
    ends = row.state is CampaignState.OPEN and row.period_to is not None and row.period_to < today
    moved = row.pace is Pace.ROLLING and _policy(row, today).version != row.pack_version
    if not (opens or ends or moved):
        return
    locks.while_opening(row.lead_id)
    before = row.state, row.pack_version
    db.session.refresh(row, with_for_update=True)
    if (row.state, row.pack_version) != before:
        return
    if opens:
        _open(row, at)
    elif ends:
        row.state = CampaignState.OVER
        record("campaign.over", row, data={"title": row.title})
        _follow_on(row, today, at)
    elif (plan := _plan_of(row, today)) is not None:
        _as_planned(row, plan)
        record("campaign.followed", row, data={"version": plan.version})


def _follow_on(row: Campaign, today: date, at: datetime) -> None:
    """The next round, with the days the Lead gave before; none where the manual no longer asks for it."""
    plan = _plan_of(row, today)
    if plan is None or plan.starts is None:
        return
    period = Period.holding(plan.starts, today)
    new = _row(row.lead, row.coc, plan, period, Choice(days=row.days), CampaignState.OPEN)
    new.created_at, new.once = at, f"after:{row.id}"
    db.session.add(new)
    _open(new, at)


def _plan_of(row: Campaign, today: date) -> Plan | None:
    policy = _policy(row, today)
    if row.audience is Audience.STAFF:
        return rules.staff_plan(policy)
    return next((one for one in rules.plan(policy) if (one.cycle, one.audience) == (row.cycle, row.audience)), None)


def _policy(row: Campaign, today: date) -> Policy:
    return policy_for(row.coc, today) if row.coc else catalog.in_force(row.pack, today)


def _end_gone(lead_id: int, at: datetime) -> None:
    """Whose license has ended, who gave back the reporting add-on, or left the Lead's office, owes it no longer."""
    held = holders(at).subquery("held")
    reporting = select(Campaign.id).where(Campaign.lead_id == lead_id, Campaign.audience == Audience.REPORTING)
    still = exists().where(
        held.c.person_id == Obligation.person_id, held.c.agency_id == Obligation.agency_id,
        or_(held.c.has_reporting, Obligation.campaign_id.not_in(reporting)),
    )  # fmt: skip
    works = exists().where(
        LeadStaff.person_id == Obligation.person_id, LeadStaff.lead_id == Obligation.lead_id,
        *owing.in_office(at),
    )  # fmt: skip
    gone = or_(
        and_(Obligation.agency_id.is_not(None), ~still), and_(Obligation.agency_id.is_(None), ~works)
    )  # fmt: skip
    of_lead = (Obligation.lead_id == lead_id, Obligation.state.in_(OPEN_STATES))
    ended = update(Obligation).where(*of_lead, gone).values(state=Owes.ENDED).returning(Obligation.id)
    count = len(db.session.scalars(ended.execution_options(synchronize_session=False)).all())
    if count:
        record("obligations.ended", db.session.get_one(Lead, lead_id), lead_id=lead_id, data={"obligations": count})


def _zone_of(row: Campaign) -> str:
    return row.coc.tz if row.coc else row.lead.tz


def _today(tz: str, at: datetime | None = None) -> date:
    return (at or clock.now()).astimezone(ZoneInfo(tz)).date()
