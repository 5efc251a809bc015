from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.paging import page_of
from helpdesk.reports import asking, figures, issues
from helpdesk.reports.evaluation import queries as evaluation_queries
from helpdesk.reports.evaluation import services as evaluation
from helpdesk.reports.figures import Dimension, Figures, Line, Times
from helpdesk.reports.measuring import Hours
from helpdesk.reports.models import Evaluation, Theme, TrainingProposal
from helpdesk.reports.permissions import Permission as P
from helpdesk.reports.rules import Period, PeriodKind
from helpdesk.reports.staffing import queries as staffing
from helpdesk.reports.staffing import services as shares
from helpdesk.reports.staffing.rules import Verdict
from helpdesk.reports.themes import queries as theme_queries
from helpdesk.reports.themes import services as themes
from helpdesk.reports.themes.rules import Act, Sort
from helpdesk.reports.themes.rules import State as ThemeState
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


# --- people for each full-time place


class WorkerOut(Model):
    """`hundredths` of a full-time place, null where nobody has set it."""

    person_id: int
    name: str
    hundredths: int | None
    is_away: bool
    backup: str


class StaffingOut(Model):
    people: int
    hundredths: int
    people_for_each: float | None
    about: int | None
    verdict: Verdict
    because: list[str]
    is_covered: bool
    staff: list[WorkerOut]


class StaffingQuery(Model):
    lead: Id | None = None


class ShareIn(Given):
    """From `since` on, today without."""

    hundredths: Annotated[int, Field(ge=0, lt=101)]
    since: date | None = None


@bp.get("/reports/staffing")
@requires(P.STAFF)
@bp.input(StaffingQuery, location="query")
@bp.output(StaffingOut)
@bp.doc(
    tags=[TAG],
    summary="Licensed people for each full-time place at the help desk, and whether the staff have cover",
    security="bearer",
    responses=failures(404, 422),
)
def show_staffing(query_data: StaffingQuery) -> Any:
    lead = asking.lead_asked(current_principal(), P.STAFF, _args(query_data))
    return _staffing(staffing.staffing(lead, clock.now()))


@bp.put("/reports/staffing/<int:person_id>")
@requires(P.SET_SHARE)
@bp.input(ShareIn, arg_name="given")
@bp.output(StaffingOut)
@bp.doc(
    tags=[TAG],
    summary="Set how much of a full-time place somebody works at the help desk",
    security="bearer",
    responses=failures(400, 404, 413, 422),
)
def set_share(person_id: int, given: ShareIn) -> Any:
    principal, now = current_principal(), clock.now()
    lead = asking.lead_asked(principal, P.SET_SHARE, {})
    person = staffing.staff_member(lead.id, person_id, now)
    since = given.since or now.astimezone(ZoneInfo(lead.tz)).date()
    with unit_of_work():
        shares.set_share(lead, person, given.hundredths, since, principal, now)
    return _staffing(staffing.staffing(lead, now))


def _staffing(told: staffing.Staffing) -> dict[str, Any]:
    ratio = told.ratio
    return {
        "people": told.people,
        "hundredths": told.hundredths,
        "people_for_each": ratio.each if ratio else None,
        "about": ratio.limit if ratio else None,
        "verdict": ratio.verdict if ratio else Verdict.UNKNOWN,
        "because": ratio.because() if ratio else [],
        "is_covered": told.is_covered,
        "staff": [{name: getattr(one, name) for name in WorkerOut.model_fields} for one in told.workers],
    }


# --- themes


class ThemeOut(Model):
    """`recent` requests of the last four weeks, `before` of the twelve before them."""

    id: int
    sort: Sort
    label: str
    state: ThemeState
    recent: int
    before: int
    counted_on: date
    merged_into_id: int | None


class ThemeList(Paging):
    items: list[ThemeOut]


class ProposalOut(Model):
    id: int
    theme_id: int
    title: str
    reason: str
    counts: dict[str, Any]
    links: list[str]
    proposed_at: datetime


class ProposalList(Paging):
    items: list[ProposalOut]


class SaidIn(Given):
    said: Annotated[str, StringConstraints(min_length=1, max_length=themes.LONGEST, pattern=PLAIN)]


@bp.get("/reports/themes")
@requires(P.THEMES)
@bp.input(Listing, location="query")
@bp.output(ThemeList)
@bp.doc(
    tags=[TAG],
    summary="What is asked more often than before, the most asked first",
    security="bearer",
    responses=failures(422),
)
def list_themes(query_data: Listing) -> Any:
    query = theme_queries.themes(current_principal(), "rising")
    page = page_of(query, [Theme.recent, Theme.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/reports/themes/<int:theme_id>/proposal")
@requires(P.THEMES)
@bp.output(ProposalOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Propose a training session about a theme, once",
    security="bearer",
    responses=failures(404, 409, 422),
)
def propose_training(theme_id: int) -> Any:
    principal, key = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = theme_queries.visible_theme(principal, theme_id, lock=True)
        return themes.propose(row, principal, key, clock.now())


@bp.post("/reports/themes/<int:theme_id>/dismissal")
@requires(P.THEMES)
@bp.input(SaidIn, arg_name="given")
@bp.output(ThemeOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Say why a theme needs nothing",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def dismiss_theme(theme_id: int, given: SaidIn) -> Any:
    principal, key = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        row = theme_queries.visible_theme(principal, theme_id, lock=True)
        themes.review(row, Act.DISMISS, given.said, principal, key, clock.now())
    return row


@bp.get("/training-proposals")
@requires(P.THEMES)
@bp.input(Listing, location="query")
@bp.output(ProposalList)
@bp.doc(
    tags=[TAG],
    summary="Training sessions that themes ask for, the newest first",
    security="bearer",
    responses=failures(422),
)
def list_proposals(query_data: Listing) -> Any:
    query = theme_queries.proposals(current_principal())
    page = page_of(query, [TrainingProposal.id], descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


# --- the yearly evaluation


class EvaluationOut(Model):
    """`document` is all of it, as it was issued."""

    id: int
    lead_id: int
    begins: date
    ends: date
    issued_at: datetime
    issued_by_id: int
    document: dict[str, Any]


class EvaluationList(Paging):
    items: list[EvaluationOut]


class EvaluationIn(Given):
    """`begins` is the first day of twelve months that are over: a calendar year's, or the pack's fiscal year's."""

    begins: date
    findings: Annotated[str, StringConstraints(max_length=evaluation.LONGEST, pattern=PLAIN)] = ""
    plans: Annotated[str, StringConstraints(max_length=evaluation.LONGEST, pattern=PLAIN)] = ""
    lead_id: Id | None = None


@bp.get("/reports/evaluations")
@requires(P.STAFF)
@bp.input(Listing, location="query")
@bp.output(EvaluationList)
@bp.doc(tags=[TAG], summary="Issued evaluations, the newest first", security="bearer", responses=failures(422))
def list_evaluations(query_data: Listing) -> Any:
    query = evaluation_queries.issued(current_principal())
    page = page_of(
        query, [Evaluation.issued_at, Evaluation.id], descending=True, after=query_data.after or "", before=""
    )
    return {"items": page.rows, "next": page.next}


@bp.post("/reports/evaluations")
@requires(P.EVALUATE)
@bp.input(EvaluationIn, arg_name="given")
@bp.output(EvaluationOut, status_code=201)
@bp.doc(
    tags=[TAG],
    summary="Issue the evaluation of twelve months; it stays as it is",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def issue_evaluation(given: EvaluationIn) -> Any:
    principal = current_principal()
    lead = asking.lead_asked(principal, P.EVALUATE, {"lead": str(given.lead_id or "")})
    key = idempotency_key() or secrets.token_urlsafe(16)
    with unit_of_work():
        begins = given.begins.isoformat()
        return evaluation.issue(lead, begins, given.findings, given.plans, principal, key, clock.now())


@bp.get("/reports/evaluations/<int:evaluation_id>")
@requires(P.STAFF)
@bp.output(EvaluationOut)
@bp.doc(tags=[TAG], summary="One issued evaluation", security="bearer", responses=failures(404))
def show_evaluation(evaluation_id: int) -> Any:
    return evaluation_queries.visible_evaluation(current_principal(), evaluation_id)
