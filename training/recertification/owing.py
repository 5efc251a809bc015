"""Who owes what by when, worked out by the database: one statement for opening, for who joins later, and for a look
ahead. Rules: MO-TR-8, VT-TR-7, VT-TR-8, VT-TR-9, SON-TR-1, HUD-TR-1, HUD-TR-6.

`core.workcalendar` counts the same due times; a test holds the two together.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Integer,
    Interval,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    lateral,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from core.db import UtcDateTime, db
from core.people.models import SEATS, Agency, Lead, LeadStaff
from training.courses.models import CompletionCredit
from training.courses.vocabulary import Credit
from training.holders import holders
from training.recertification.models import Campaign, Obligation
from training.recertification.rules import REMIND_DAYS, Audience, Owes, Pace

TICK = literal(timedelta(microseconds=1), Interval)
NO_AGENCY = literal(0)
SPEC = (
    "id", "lead_id", "coc_id", "audience", "pace", "titles", "times", "every_months", "every_days", "day_ends",
    "period_from", "period_to", "due_on", "grace_on", "joins", "december",
)  # fmt: skip
COLUMNS = (
    "campaign_id", "lead_id", "coc_id", "agency_id", "person_id", "credit", "number", "times", "done", "since",
    "last_at", "from_at", "due_at", "remind_at", "state", "met_at", "exempt_reason", "opened_at",
)  # fmt: skip


def of_rows(*where: ColumnElement[bool]) -> Subquery:
    """The campaigns as they are in the table."""
    return select(*(Campaign.__table__.c[name] for name in SPEC)).where(*where).subquery("campaigns")


def of_one(row: Campaign) -> Subquery:
    """A campaign that nobody has started yet, to look ahead."""
    columns = Campaign.__table__.c
    values = {name: getattr(row, name) for name in SPEC}
    made = [cast(literal(value, columns[name].type), columns[name].type) for name, value in values.items()]
    return select(*(one.label(name) for name, one in zip(values, made, strict=True))).subquery("campaigns")


def missing(campaigns: FromClause, at: datetime) -> Select[Any]:
    """The rows of `obligation` that are not there yet, in the columns COLUMNS, for the campaigns as `of_...` give them.

    A round that somebody owes, or that is over for this period, keeps another one from being written.
    """
    told = _dated(_counted(_owing(campaigns, at))).subquery("told")
    t = told.c
    state = case(
        (t.done >= t.times, literal(Owes.MET.value)),
        (t.in_december.is_not(None), literal(Owes.EXEMPT.value)),
        else_=literal(Owes.OWED.value),
    )
    reason = case((state == Owes.EXEMPT.value, _december_words(t)), else_=literal(""))
    values = {name: t[name] for name in COLUMNS if name in t} | {
        "number": t.rounds + 1,
        "remind_at": case(
            (state == Owes.OWED.value, _first_mail(t, at)), else_=cast(null(), DateTime(timezone=True))
        ),
        "state": state,
        "met_at": case((t.done >= t.times, t.nth_at), else_=cast(null(), DateTime(timezone=True))),
        "exempt_reason": reason,
        "opened_at": _instant(at),
    }  # fmt: skip
    return select(*(values[name].label(name) for name in COLUMNS))


def _in_order(rows: Select[Any]) -> Select[Any]:
    """One order of writing, so that two who write at once never wait for each other in a ring."""
    columns = rows.selected_columns
    return rows.order_by(*(columns[name] for name in ("campaign_id", "person_id", "agency_id", "credit")))


def write(campaigns: FromClause, at: datetime) -> int:
    """Write what is missing; returns how many rows. Who did it before, or does it beside, is not repeated."""
    rows = _in_order(missing(campaigns, at))
    new = insert(Obligation).from_select(list(COLUMNS), rows).on_conflict_do_nothing()
    done = db.session.execute(new, execution_options={"preserve_rowcount": True})
    return int(done.rowcount)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ whom it concerns


def people(at: datetime) -> Subquery:
    """One row for each license in force, and one for each of the Lead's own people, with the zone of their days."""
    held = holders(at).subquery("held")
    of_agencies = select(
        held.c.person_id, held.c.agency_id, held.c.coc_id, held.c.lead_id, held.c.since, held.c.has_reporting,
        Agency.tz, literal(False).label("is_staff"),
    ).join(Agency, Agency.id == held.c.agency_id)  # fmt: skip
    began = _wall(func.min(LeadStaff.started_on), Lead.tz)
    own = (
        select(
            LeadStaff.person_id, cast(null(), Agency.__table__.c.id.type), cast(null(), Agency.__table__.c.id.type),
            LeadStaff.lead_id, began, literal(False), Lead.tz, literal(True),
        )
        .join(Lead, Lead.id == LeadStaff.lead_id)
        .where(*in_office(at))
        .group_by(LeadStaff.person_id, LeadStaff.lead_id, Lead.tz)
    )  # fmt: skip
    return union_all(of_agencies, own).subquery("people")


def in_office(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of the Lead's staff those who work in its office, not those who sit beside or above it."""
    still = or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at)
    return LeadStaff.role.not_in(SEATS), LeadStaff.started_on <= at.date(), still


def concerns(campaign: Any, person: Any) -> ColumnElement[bool]:
    """Whether a campaign (its columns) asks something of a person (columns of `people`)."""
    staff = and_(campaign.audience == Audience.STAFF.value, person.is_staff)
    all_or_reporting = or_(campaign.audience == Audience.HOLDERS.value, person.has_reporting)
    holder = and_(
        campaign.audience != Audience.STAFF.value, ~person.is_staff, person.coc_id == campaign.coc_id, all_or_reporting
    )
    return and_(person.lead_id == campaign.lead_id, or_(staff, holder))


def _owing(campaigns: FromClause, at: datetime) -> Subquery:
    """Campaign x person x credit, without those who have their row already."""
    c, p, before = campaigns.c, people(at).c, _before(campaigns, at)
    credit = func.jsonb_object_keys(c.titles).table_valued("credit").render_derived()
    mine = and_(
        before.c.campaign_id == c.id, before.c.person_id == p.person_id, before.c.credit == credit.c.credit,
        before.c.agency_id == func.coalesce(p.agency_id, NO_AGENCY),
    )  # fmt: skip
    early = or_(c.pace == Pace.ROLLING.value, c.joins, p.since < _wall(c.period_from, p.tz))
    return (
        select(
            *(c[name] for name in SPEC),
            p.person_id, p.agency_id, p.since, p.tz, credit.c.credit,
            func.coalesce(before.c.rounds, 0).label("rounds"), before.c.excused_at,
        )
        .select_from(campaigns)
        .join(p.person_id.table, concerns(c, p))
        .join(credit, true())
        .outerjoin(before, mine)
        .where(early, before.c.stands.is_not(True))
    ).subquery("owing")  # fmt: skip


def _before(campaigns: FromClause, at: datetime) -> Subquery:
    """The rounds there are, gathered once before anything is written: looked up row by row they would be looked for
    among those that the same statement writes."""
    c, o = campaigns.alias("of").c, Obligation
    stands = or_(
        o.state.in_([Owes.OWED, Owes.LAPSED]),
        and_(c.pace == Pace.FIXED.value, o.state.in_([Owes.MET, Owes.EXEMPT])),
        and_(o.state == Owes.EXEMPT, o.due_at > _instant(at)),
    )
    agency = func.coalesce(o.agency_id, NO_AGENCY)
    return (
        select(
            o.campaign_id, o.person_id, agency.label("agency_id"), o.credit, func.count().label("rounds"),
            func.bool_or(stands).label("stands"),
            func.max(o.due_at).filter(o.state == Owes.EXEMPT).label("excused_at"),
        )
        .join(c.id.table, c.id == o.campaign_id)
        .group_by(o.campaign_id, o.person_id, agency, o.credit)
        .subquery("before")
    )  # fmt: skip


def _counted(owing: Subquery) -> Subquery:
    """With what counts already: the last time it was done, what was done in the period, a series in December."""
    o = owing.c
    from_at = _wall(o.period_from, o.tz)
    theirs = (CompletionCredit.lead_id == o.lead_id, CompletionCredit.person_id == o.person_id)
    same = (*theirs, CompletionCredit.credit == o.credit)
    last = lateral(
        select(func.max(CompletionCredit.at).label("done_at")).where(*same, o.pace == Pace.ROLLING.value)
    )  # fmt: skip
    inside = lateral(
        select(func.array_agg(aggregate_order_by(CompletionCredit.at, CompletionCredit.at)).label("all_at")).where(
            *same, o.pace == Pace.FIXED.value, CompletionCredit.at >= from_at
        )
    )
    december = func.make_date(cast(func.date_part("year", o.period_from), Integer), cast(o.december, Integer), 1)
    series = lateral(
        select(func.max(CompletionCredit.at).label("in_december")).where(
            *theirs, CompletionCredit.credit == Credit.NEW_USER_SERIES, o.december.is_not(None),
            CompletionCredit.at >= _wall(december, o.tz), CompletionCredit.at <= o.since,
            CompletionCredit.at < _wall(o.period_to + 1, o.tz),
        )
    )  # fmt: skip
    return (
        select(
            *o, last.c.done_at, func.coalesce(func.cardinality(inside.c.all_at), 0).label("done"),
            inside.c.all_at[cast(o.times, Integer)].label("nth_at"), series.c.in_december,
        )
        .select_from(owing)
        .join(last, true())
        .join(inside, true())
        .join(series, true())
        .subquery("counted")
    )  # fmt: skip


def _dated(counted: Subquery) -> Select[Any]:
    """With the instants: what counts from when, and until when it is on time."""
    o = counted.c
    grace = _end(o.grace_on, o)
    last_counts = and_(o.done_at.is_not(None), _after(o.done_at, o) >= o.since)
    last = case((last_counts, o.done_at), else_=cast(null(), DateTime(timezone=True)))
    anchor = func.greatest(func.coalesce(last, o.since), o.excused_at)
    is_fixed = o.pace == Pace.FIXED.value
    from_at = case(
        (is_fixed, _wall(o.period_from, o.tz)), (anchor == last, anchor + TICK), else_=anchor
    )  # fmt: skip
    due = case((is_fixed, _end(o.due_on, o)), else_=_after(anchor, o))
    return select(
        o.id.label("campaign_id"), o.lead_id, o.coc_id, o.agency_id, o.person_id, o.credit, o.rounds, o.times, o.done,
        o.since, last.label("last_at"), from_at.label("from_at"), func.greatest(due, grace).label("due_at"), o.nth_at,
        o.in_december, o.pace, o.tz,
    )  # fmt: skip


def _after(at: ColumnElement[Any], o: Any) -> ColumnElement[Any]:
    """The last second of the day on which the cycle's span after `at` ends."""
    local_day = cast(func.timezone(o.tz, at), Date)
    span = func.make_interval(0, cast(o.every_months, Integer), 0, cast(o.every_days, Integer))
    return _end(cast(local_day + span, Date), o)


def _end(day: ColumnElement[Any], o: Any) -> ColumnElement[Any]:
    return func.timezone(o.tz, day + o.day_ends)


def _wall(day: Any, tz: Any) -> ColumnElement[Any]:
    """Midnight, when that day begins in the zone."""
    return func.timezone(tz, cast(day, DateTime(timezone=False)))


def _instant(at: datetime) -> ColumnElement[Any]:
    return literal(at.astimezone(UTC), UtcDateTime)


def _first_mail(t: Any, at: datetime) -> ColumnElement[Any]:
    """A fixed cycle is announced to everybody; a rolling one when its first reminder comes."""
    first = _days_before(t.due_at, REMIND_DAYS[0])
    return case((t.pace == Pace.FIXED.value, _instant(at)), else_=func.greatest(first, _instant(at)))


def next_mail(due_at: Any, at: datetime) -> ColumnElement[Any]:
    """When the next reminder comes after one that is sent now; the last is sent whatever was sent before."""
    *early, last = REMIND_DAYS
    soon, now = literal(at + timedelta(days=2), UtcDateTime), _instant(at)
    whens = [(_days_before(due_at, days) > soon, _days_before(due_at, days)) for days in early]
    final = _days_before(due_at, last)
    return case(*whens, (final > now, final), else_=cast(null(), DateTime(timezone=True)))


def _days_before(at: ColumnElement[Any], days: int) -> ColumnElement[Any]:
    return at - literal(timedelta(days=days), Interval)


def _december_words(t: Any) -> ColumnElement[Any]:
    on = func.to_char(func.timezone(t.tz, t.in_december), "Dy, Mon FMDD, YYYY")
    return func.concat(
        "The new-user series was completed in December (", on, "), so no other general training is owed that year."
    )
