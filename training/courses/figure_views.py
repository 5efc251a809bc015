"""Pass rates by course and by question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request

from core import clock
from core.authz import current_principal, requires
from core.ui import plots
from core.ui.nav import Area, NavItem, register
from training.courses import figures
from training.courses.blueprint import bp
from training.courses.figures import CourseRate, QuestionRate
from training.courses.pages import staff_course
from training.courses.permissions import Permission

MOST_BARS = 12

register(NavItem(Area.TRAINING, "Pass rates", "courses.pass_rates", Permission.VIEW, order=47))


def _days() -> str:
    days = request.args.get("days", "")
    return days if days in figures.PERIODS else "365"


@bp.get("/courses/figures")
@requires(Permission.VIEW)
def pass_rates() -> Any:
    days = _days()
    rates = figures.by_course(current_principal(), figures.since_of(days, clock.now()))
    return render_template(
        "training/courses/pass_rates.html", rates=rates, plot=_of_courses(rates), days=days, least=figures.LEAST
    )


@bp.get("/courses/<int:course_id>/figures")
@requires(Permission.VIEW)
def question_rates(course_id: int) -> Any:
    principal, row, days = current_principal(), staff_course(course_id), _days()
    versions = figures.versions_of(row)
    asked = request.args.get("version", "")
    version = int(asked) if asked.isdecimal() and len(asked) < 9 and int(asked) in versions else None
    since = figures.since_of(days, clock.now())
    rates = figures.by_question(principal, row, since, version)
    return render_template(
        "training/courses/question_rates.html",
        row=row,
        rates=rates,
        tries=figures.by_try(principal, row, since, version),
        plot=_of_questions(rates),
        days=days,
        version=version,
        versions=[(str(number), f"Version {number}") for number in versions],
        least=figures.LEAST,
    )


def _of_courses(rates: Sequence[CourseRate]) -> plots.Plot | None:
    known = [one for one in rates if one.first_percent is not None][:MOST_BARS]
    if not known:
        return None
    title = f"{known[0].title}: {known[0].first_percent} % pass at their first try"
    shares = [float(one.first_percent or 0) for one in known]
    return plots.bars(title, [_short(one.title, len(known)) for one in known], [("First try", shares)], _say)


def _of_questions(rates: Sequence[QuestionRate]) -> plots.Plot | None:
    """By their place in the table below, which has the words."""
    known = [one for one in rates if one.percent is not None][:MOST_BARS]
    if not known:
        return None
    title = f"The hardest question was answered right by {known[0].percent} %"
    labels = [f"No. {place}" for place in range(1, len(known) + 1)]
    return plots.bars(title, labels, [("Right", [float(one.percent or 0) for one in known])], _say)


def _short(label: str, bars: int) -> str:
    most = max(90 // bars, 6)
    return label if len(label) <= most else f"{label[: most - 1].rstrip()}…"


def _say(share: float) -> str:
    return f"{share:,.0f} %"
