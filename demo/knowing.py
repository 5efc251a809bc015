"""What the help desk knows of itself in the demo: shares of its staff, themes with what was made of them, a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.authz import principal_for
from core.db import db
from demo.agenda import at_this_instant
from demo.world import Desk
from helpdesk.reports.evaluation import services as evaluation
from helpdesk.reports.measuring import measure_all
from helpdesk.reports.models import Theme
from helpdesk.reports.staffing import services as staffing
from helpdesk.reports.themes import services as themes
from helpdesk.reports.themes.rules import Act

A_YEAR = timedelta(days=365)
SHARES = (100, 80, 100, 50)
FINDINGS = "First answers came faster than the year before. Move-in dates and exits were asked about most."
PLANS = "A short course on exits each quarter. Articles for the five questions asked most."


def know(desks: Sequence[Desk], now: datetime) -> None:
    """The past is measured; then the staff look at it, an hour before now."""
    for _ in measure_all():
        pass
    for desk in desks:
        with at_this_instant(now, desk.admin):
            _share(desk, now)
            themes.count_anew(desk.lead, now)
            _make_of_themes(desk, now)
            _evaluate(desk, now)


def _share(desk: Desk, now: datetime) -> None:
    by, since = principal_for(desk.admin, now), now.astimezone(ZoneInfo(desk.lead.tz)).date() - A_YEAR
    for agent, hundredths in zip(desk.agents, SHARES, strict=False):
        staffing.set_share(desk.lead, agent, hundredths, since, by, now)


def _make_of_themes(desk: Desk, now: datetime) -> None:
    by = principal_for(desk.agents[0], now)
    rising = _rising(desk)
    if first := next(rising, None):
        themes.review(first, Act.NOTE, "It began with the last release of the software.", by, _key(desk, "note"), now)
        themes.propose(first, by, _key(desk, "propose"), now)
    if second := next(rising, None):
        themes.review(second, Act.DISMISS, "It comes every year at this time.", by, _key(desk, "dismiss"), now)
    themes.looked_through(desk.lead, by, _key(desk, "looked"), now)


def _rising(desk: Desk) -> Iterator[Theme]:
    query = select(Theme).where(Theme.lead_id == desk.lead.id, Theme.over_at.is_(None))
    yield from db.session.scalars(query.order_by(Theme.recent.desc(), Theme.id).limit(2)).all()


def _evaluate(desk: Desk, now: datetime) -> None:
    """Of the last twelve months; the next is due in a year."""
    span = next((one for one in evaluation.choices(desk.lead, now) if one.name.startswith("The last")), None)
    if span is not None:
        by = principal_for(desk.admin, now)
        key = _key(desk, "evaluation")
        evaluation.issue(desk.lead, span.begins.isoformat(), FINDINGS, PLANS, by, key, now)


def _key(desk: Desk, what: str) -> str:
    return f"demo-{what}-{desk.lead.id}"
