"""The training calendar for everybody, signed in or not, and the same as a feed. Rules: HUD-TR-2, HUD-TR-4."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, render_template, request
from sqlalchemy import Select

from core import clock
from core.authz import public
from core.db import db
from core.paging import Page, page_of
from core.people.models import Lead
from core.ui.nav import Area, NavItem, register
from training.sessions import ics, queries, shown
from training.sessions.models import TrainingSession
from training.sessions.rules import Place
from training.sessions.views import filtered

bp = Blueprint("training_calendar", __name__, url_prefix="/training")
register(NavItem(Area.TRAINING, "Calendar", "training_calendar.index", None, order=26))

FRESH = 60  # seconds for which a browser or a proxy may show the same page
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOST_IN_A_MONTH = 500
MOST_IN_A_FEED = 1_000
KEPT_IN_A_FEED = timedelta(days=90)


@bp.get("/calendar")
@public
def index() -> Any:
    """Of one office, by month or as a list; where there are several, one is chosen first."""
    leads, now = queries.leads(), clock.now()
    lead = _asked(leads)
    if lead is None:
        return _fresh(render_template("training/sessions/calendar_choose.html", leads=leads))
    is_month = request.args.get("view") == "month"
    query = queries.public_sessions(lead.id).where(*filtered(request.args))
    month = _month_asked(now, ZoneInfo(lead.tz))
    page: Page[TrainingSession] = Page([]) if is_month else _coming(query, now)
    weeks = _weeks(query, month, ZoneInfo(lead.tz)) if is_month else []
    chosen = {name: request.args[name] for name in (*_LISTS, "evening") if request.args.get(name)}
    return _fresh(
        render_template(
            "training/sessions/calendar.html",
            lead=lead,
            leads=leads,
            page=page,
            weeks=weeks,
            month=month,
            earlier=_shifted(month, -1),
            later=_shifted(month, 1),
            is_month=is_month,
            lists=shown.lists_of(lead.id, now),
            places=shown.PLACES,
            chosen=chosen,
            now=now,
        )
    )


_LISTS = ("audience", "workflow", "kind")


def _asked(leads: list[Lead]) -> Lead | None:
    asked = request.args.get("lead", "")
    found = next((lead for lead in leads if str(lead.id) == asked), None)
    return found or (leads[0] if len(leads) == 1 else None)


def _coming(query: Select[TrainingSession], now: datetime) -> Page[TrainingSession]:
    return page_of(query.where(TrainingSession.ends_at > now), [TrainingSession.starts_at, TrainingSession.id])


def _month_asked(now: datetime, zone: ZoneInfo) -> date:
    """The first day of the month of the address, or of this one."""
    found = MONTH.fullmatch(request.args.get("month", ""))
    return date(int(found[1]), int(found[2]), 1) if found else now.astimezone(zone).date().replace(day=1)


def _shifted(month: date, by: int) -> str:
    number = month.year * 12 + month.month - 1 + by
    return f"{number // 12}-{number % 12 + 1:02}"


def _weeks(
    query: Select[TrainingSession], month: date, zone: ZoneInfo
) -> list[list[tuple[date, bool, list[TrainingSession]]]]:
    """Weeks from Sunday on; each day with whether it is of the month, and what begins on it in the office's zone."""
    days = calendar.Calendar(calendar.SUNDAY).monthdatescalendar(month.year, month.month)
    begins = datetime.combine(days[0][0], time(), zone)
    ends = datetime.combine(days[-1][-1] + timedelta(days=1), time(), zone)
    wanted = query.where(TrainingSession.starts_at >= begins, TrainingSession.starts_at < ends)
    wanted = wanted.order_by(TrainingSession.starts_at, TrainingSession.id).limit(MOST_IN_A_MONTH)
    by_day: dict[date, list[TrainingSession]] = {}
    for row in db.session.scalars(wanted):
        by_day.setdefault(row.starts_at.astimezone(zone).date(), []).append(row)
    return [[(day, day.month == month.month, by_day.get(day, [])) for day in week] for week in days]


@bp.get("/calendar/<int:session_id>")
@public
def show(session_id: int) -> Any:
    """What everybody may know of one; how to join is for those who come."""
    row = queries.public_session(session_id)
    lists = shown.lists_of(row.lead_id, clock.now())
    page = render_template(
        "training/sessions/calendar_session.html",
        row=row,
        lists=lists,
        places=shown.PLACES,
        is_over=row.ends_at <= clock.now(),
        is_in_person=row.place is Place.IN_PERSON,
    )
    return _fresh(page)


@bp.get("/calendar.ics")
@public
def feed() -> Any:
    """The same with the same filters, for a calendar to subscribe to; what is called off stays in it as such.

    Without an office it has the sessions of all."""
    lead, now = _asked(queries.leads()), clock.now()
    query = queries.public_sessions(lead.id if lead else None).where(
        *filtered(request.args), TrainingSession.ends_at > now - KEPT_IN_A_FEED
    )
    rows = db.session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id).limit(MOST_IN_A_FEED))
    link = f"{current_app.config['HEARTHDESK'].url}/training/calendar"
    answer = _fresh(ics.feed(rows, f"Training, {lead.name}" if lead else "Training", link))
    answer.mimetype = "text/calendar"
    answer.headers["Content-Disposition"] = 'inline; filename="training.ics"'
    return answer


def _fresh(body: Any) -> Response:
    """For everybody alike, but that who has signed in finds their navigation above it."""
    answer = make_response(body)
    kept_by = "private" if request.cookies else "public"
    answer.headers["Cache-Control"] = f"{kept_by}, max-age={FRESH}"
    answer.vary.add("Cookie")
    return answer
