from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import render_template, request

from core import clock, sheets
from core.authz import current_principal, found, requires
from core.paging import page_of
from core.ui import plots
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.reports import asking, figures, issues, rules
from helpdesk.reports.asking import Asked, Time
from helpdesk.reports.blueprint import bp
from helpdesk.reports.figures import Dimension, Figures, Line, Month, Report, Times
from helpdesk.reports.measuring import Hours
from helpdesk.reports.permissions import Permission
from helpdesk.reports.rules import PeriodKind
from helpdesk.satisfaction import api as satisfaction
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.rules import Category

__all__ = ["bp"]

register(NavItem(Area.HELPDESK, "Figures", "reports.index", Permission.VIEW, order=55, group=Group.REPORTS))

BY = {Dimension.TIER: "Tier", Dimension.AGENCY: "Agency", Dimension.CATEGORY: "Category", Dimension.STAFF: "Staff"}
KINDS = {
    PeriodKind.MONTH: "Month",
    PeriodKind.QUARTER: "Quarter",
    PeriodKind.YEAR: "Calendar year",
    PeriodKind.FISCAL_YEAR: "Fiscal year",
}
SHOWN = 50
FIGURES = (
    "Period", "From", "To", "Line", "New", "First answers", "First answer, median elapsed hours",
    "First answer, 90th percentile elapsed hours", "First answer, mean elapsed hours",
    "First answer, median opening hours", "First answer, 90th percentile opening hours", "Settled",
    "Settled, median elapsed hours", "Settled, 90th percentile elapsed hours", "Settled, mean elapsed hours",
    "Settled, median opening hours", "Settled, 90th percentile opening hours", "Declined", "Merged", "Opened again",
    "Opened again, percent of settled", "Open at the end", "Open at the end, median age in hours",
    "Open at the end, oldest in hours", "Satisfaction, marks given", "Satisfaction, mean of 1 to 5",
)  # fmt: skip
MONTHS = ("Month", "New", "Settled", "Open at the end", "First answer, median hours", "Settled, median hours")


@bp.get("")
@requires(Permission.VIEW)
def index() -> Any:
    now = clock.now()
    asked = asking.asked(current_principal(), request.args, now)
    report = _report(asked, now)
    months = figures.months(asked.place, asked.period.ends, now)
    return render_template(
        "helpdesk/reports/index.html",
        asked=asked,
        report=report,
        lines=report.lines[:SHOWN],
        months=months,
        plots=_plots(months),
        by=BY,
        kinds={kind: KINDS[kind] for kind in asked.kinds},
        is_open_time=asked.time is Time.OPEN,
        after=asking.next_period(asked, now),
        half=_half,
        most=_most,
        say=rules.in_hours if asked.time is Time.OPEN else rules.in_days,
        age=rules.in_days,
        sees_marks=asking.serves(current_principal(), satisfaction.Permission.SEE, asked.place),
    )


def _report(asked: Asked, now: datetime) -> Report:
    """What requesters said stands in it for those who may read what they said."""
    told = figures.report(asked.place, asked.period, asked.earlier, asked.dimension, now)
    sees = asking.serves(current_principal(), satisfaction.Permission.SEE, asked.place)
    return figures.with_satisfaction(told, asked.place) if sees else told


def _half(times: Times, is_open_time: bool) -> int | None:
    return times.open_half if is_open_time else times.half


def _most(times: Times, is_open_time: bool) -> int | None:
    return times.open_most if is_open_time else times.most


def _plots(months: list[Month]) -> dict[str, plots.Plot]:
    labels = [f"{month.begins:%b %y}" for month in months]
    hours = [m.first_half / 3600 if m.first_half is not None else None for m in months]
    return {
        "came": plots.bars(
            _came_says(months),
            labels,
            [("New", [m.opened for m in months]), ("Settled", [m.settled for m in months])],
            _number,
        ),
        "backlog": plots.lines(
            _backlog_says(months), labels, [("Open at the end", [m.backlog for m in months])], _number
        ),
        "first": plots.lines(_first_says(months), labels, [("Median of first answers", hours)], lambda h: f"{h:g} h"),
    }


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _came_says(months: list[Month]) -> str:
    new, settled = sum(m.opened for m in months), sum(m.settled for m in months)
    return f"{new:,} new request{'s' if new != 1 else ''} and {settled:,} settled in {len(months)} months"


def _backlog_says(months: list[Month]) -> str:
    first, last = months[0].backlog, months[-1].backlog
    word = "more" if last > first else "fewer"
    than = f"{abs(last - first):,} {word} than" if last != first else "as many as"
    return f"{last:,} requests open at the end, {than} in {months[0].begins:%B %Y}"


def _first_says(months: list[Month]) -> str:
    last = months[-1].first_half
    if last is None:
        return f"Nothing was answered for the first time in {months[-1].begins:%B %Y}"
    return f"Half of the first answers came within {rules.in_days(last)} in {months[-1].begins:%B %Y}"


@bp.get("/figures.<form>")
@requires(Permission.VIEW)
def figures_file(form: str) -> Any:
    """Every line of the period and of the one before, in full."""
    _known(form)
    now = clock.now()
    asked = asking.asked(current_principal(), request.args, now)
    report = _report(asked, now)
    return sheets.download("figures", form, FIGURES, _rows(asked, [report.whole, *report.lines]), asked.place.zone)


def _rows(asked: Asked, lines: list[Line]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        for period, told in ((asked.period, line.now), (asked.earlier, line.before)):
            yield (period.label, period.begins, period.ends, line.label, *_cells(told))


def _cells(told: Figures) -> tuple[Any, ...]:
    rate = told.reopen_rate
    return (
        told.opened,
        *_time_cells(told.first),
        *_time_cells(told.settled),
        told.declined,
        told.merged,
        told.reopened,
        round(rate * 100, 1) if rate is not None else None,
        told.backlog.count,
        _hours(told.backlog.half),
        _hours(told.backlog.oldest),
        told.said,
        round(told.mark, 2) if told.mark is not None else None,
    )


def _time_cells(times: Times) -> tuple[Any, ...]:
    seconds = times.half, times.most, times.mean, times.open_half, times.open_most
    return times.count, *map(_hours, seconds)


def _hours(seconds: int | None) -> float | None:
    return round(float(seconds) / 3600, 2) if seconds is not None else None


@bp.get("/months.<form>")
@requires(Permission.VIEW)
def months_file(form: str) -> Any:
    _known(form)
    now = clock.now()
    asked = asking.asked(current_principal(), request.args, now)
    rows = (
        (m.begins, m.opened, m.settled, m.backlog, _hours(m.first_half), _hours(m.settled_half))
        for m in figures.months(asked.place, asked.period.ends, now)
    )
    return sheets.download("months", form, MONTHS, rows, asked.place.zone)


def _known(form: str) -> None:
    found(form if form in sheets.FORMS else None)


# --- issues


@bp.get("/issues")
@requires(Permission.VIEW)
def issue_list() -> Any:
    """What was asked, what came of it, and how long it took (HUD-HD-1)."""
    principal, now = current_principal(), clock.now()
    asked, hours = asking.asked(principal, request.args, now), Hours()
    query = issues.issues(principal, asked, request.args)
    page = page_of(issues.shown(query), [Ticket.opened_at, Ticket.id], descending=True)
    return render_template(
        "helpdesk/reports/issues.html",
        asked=asked,
        page=page,
        took={ticket.id: issues.took(ticket, hours) for ticket in page.rows},
        states=issues.STATES,
        categories=Category,
        word=figures.word_of,
        state_word=issues.state_word,
        in_days=rules.in_days,
        in_hours=rules.in_hours,
    )


@bp.get("/issues.<form>")
@requires(Permission.VIEW)
def issues_file(form: str) -> Any:
    _known(form)
    principal = current_principal()
    asked = asking.asked(principal, request.args, clock.now())
    with_staff = asking.serves(principal, Permission.STAFF, asked.place)
    rows = issues.exported(issues.issues(principal, asked, request.args), with_staff=with_staff)
    return sheets.download("issues", form, issues.HEADER, rows, asked.place.zone)
