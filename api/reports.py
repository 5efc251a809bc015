from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.blueprint import bp, failures
from api.schemas import Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.paging import page_of
from helpdesk.reports import asking, figures, issues
from helpdesk.reports.figures import Dimension, Figures, Line, Times
from helpdesk.reports.measuring import Hours
from helpdesk.reports.permissions import Permission as P
from helpdesk.reports.rules import Period, PeriodKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category, State

TAG = "Reports"


class PeriodOut(Model):
    kind: PeriodKind
    begins: date
    ends: date


class TimesOut(Model):
    """How many, and how long: elapsed, and while the HMIS Lead's desk was open."""

    count: int
    median_seconds: int | None
    ninetieth_seconds: int | None
    mean_seconds: int | None
    open_median_seconds: int | None
    open_ninetieth_seconds: int | None


class FiguresOut(Model):
    """`new` and `reopened` are null by tier or staff: nobody has a new request yet. Merged is never settled."""

    new: int | None
    reopened: int | None
    reopen_rate: float | None
    first_answer: TimesOut
    settled: TimesOut
    declined: int
    merged: int
    open_at_end: int
    oldest_seconds: int | None


class LineOut(Model):
    key: str
    label: str
    now: FiguresOut
    before: FiguresOut


class ReportOut(Model):
    period: PeriodOut
    before: PeriodOut
    by: Dimension
    whole: LineOut
    lines: list[LineOut]


class ReportQuery(Model):
    """`on` is any day of the period."""

    period: PeriodKind | None = None
    on: date | None = None
    by: Dimension | None = None
    lead: Id | None = None
    coc: Id | None = None
    agency: Id | None = None


class IssueOut(Model):
    """What was asked, what came of it, and how long that took: elapsed, and while the desk was open."""

    id: int
    opened_at: datetime
    agency_id: int | None
    category: Category
    subject: str
    state: State
    first_answered_at: datetime | None
    closed_at: datetime | None
    resolution: str
    seconds_to_resolution: int | None
    open_seconds_to_resolution: int | None


class IssueList(Paging):
    items: list[IssueOut]


class IssueQuery(Listing):
    category: Category | None = None
    state: Annotated[str, Field(pattern="^(open|settled|declined)$")] | None = None
    since: date | None = None
    until: date | None = None
    coc: Id | None = None
    agency: Id | None = None


def _args(given: BaseModel) -> dict[str, str]:
    return {name: str(value) for name, value in given.model_dump(mode="json", exclude_none=True).items()}


@bp.get("/reports/figures")
@requires(P.VIEW)
@bp.input(ReportQuery, location="query")
@bp.output(ReportOut)
@bp.doc(
    tags=[TAG],
    summary="The help desk's figures of a period, the period before beside them",
    security="bearer",
    responses=failures(404, 422),
)
def show_figures(query_data: ReportQuery) -> Any:
    now = clock.now()
    asked = asking.asked(current_principal(), _args(query_data), now)
    told = figures.report(asked.place, asked.period, asked.earlier, asked.dimension, now)
    return {
        "period": _period(told.period),
        "before": _period(told.before),
        "by": told.dimension,
        "whole": _line(told.whole),
        "lines": [_line(line) for line in told.lines],
    }


def _period(period: Period) -> dict[str, Any]:
    return {"kind": period.kind, "begins": period.begins, "ends": period.ends}


def _line(line: Line) -> dict[str, Any]:
    return {"key": line.key, "label": line.label, "now": _figures(line.now), "before": _figures(line.before)}


def _figures(told: Figures) -> dict[str, Any]:
    return {
        "new": told.opened,
        "reopened": told.reopened,
        "reopen_rate": told.reopen_rate,
        "first_answer": _times(told.first),
        "settled": _times(told.settled),
        "declined": told.declined,
        "merged": told.merged,
        "open_at_end": told.backlog.count,
        "oldest_seconds": told.backlog.oldest,
    }


def _times(times: Times) -> dict[str, Any]:
    return {
        "count": times.count,
        "median_seconds": times.half,
        "ninetieth_seconds": times.most,
        "mean_seconds": times.mean,
        "open_median_seconds": times.open_half,
        "open_ninetieth_seconds": times.open_most,
    }


@bp.get("/reports/issues")
@requires(P.VIEW)
@bp.input(IssueQuery, location="query")
@bp.output(IssueList)
@bp.doc(
    tags=[TAG],
    summary="Every issue with its resolution and the time it took, the newest first",
    security="bearer",
    responses=failures(404, 422),
)
def list_issues(query_data: IssueQuery) -> Any:
    principal, args, hours = current_principal(), _args(query_data), Hours()
    asked = asking.asked(principal, args, clock.now())
    query = issues.issues(principal, asked, args)
    page = page_of(
        issues.shown(query), [Ticket.opened_at, Ticket.id], descending=True, after=query_data.after or "", before=""
    )
    return {"items": [_issue(ticket, hours) for ticket in page.rows], "next": page.next}


def _issue(ticket: Ticket, hours: Hours) -> dict[str, Any]:
    took = issues.took(ticket, hours)
    plain = [name for name in IssueOut.model_fields if "seconds" not in name]
    return {name: getattr(ticket, name) for name in plain} | {
        "seconds_to_resolution": took[0] if took else None,
        "open_seconds_to_resolution": took[1] if took else None,
    }
