"""The figures with plots, a theme and an evaluation as they are looked at, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from helpdesk.reports.evaluation import services as evaluation
from helpdesk.reports.models import Theme
from helpdesk.reports.themes.rules import Sort
from helpdesk.tickets.rules import Category
from tests.browser.looking import good, shot
from tests.reports.acting import asked, settled
from tests.support.factories import World, make_world

CATEGORIES = (Category.SECURITY, Category.TRAINING)


@pytest.fixture
def world(app) -> World:
    return make_world("sonoma", tz="America/Los_Angeles")


def test_the_reports_are_looked_at(live: str, enter: Callable[..., Page], world: World) -> None:
    now = clock.now()
    for days in (1, 40, 41, 45, 70):
        ticket = asked(world, now - timedelta(days=days), CATEGORIES[days % 2])
        settled(world, ticket, now - timedelta(days=days) + timedelta(hours=days))
    with unit_of_work() as session:
        by, span = principal_for(world.admin, now), evaluation.choices(world.lead, now)[-1]
        row = evaluation.issue(world.lead, span.begins.isoformat(), "Faster.", "Go on.", by, "once", now)
        counts = {"recent": 9, "before": 3, "counted_on": now.date(), "found_at": now}
        theme = Theme(lead=world.lead, sort=Sort.TERM, key="voucher", label="vouchers", **counts)
        session.add(theme)
        session.flush()
    for width in (320, 1280):
        view = enter(world.admin, width, dark=width == 320)
        for page in ("reports?by=staff", f"reports/themes/{theme.id}", f"reports/evaluations/{row.id}"):
            view.goto(f"{live}/{page}")
            good(view)
        shot(view, f"evaluation-{width}")
    view.goto(f"{live}/reports/themes")
    view.get_by_role("button", name="Propose training vouchers").click()
    expect(view.get_by_text("Training is proposed.")).to_be_visible()
    good(view)
