"""A cycle from the plan to the license that is locked and given back, for manager, agency and user, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from sqlalchemy import select

from core.db import db
from tests.browser.looking import good, shot
from tests.support.factories import make_agency, make_world, member
from tests.training.acting import did, make_course
from tests.training.recertification.acting import licensed, owes
from training.recertification import jobs
from training.recertification.models import Obligation

Enter = Callable[..., Page]
CENTRAL = ZoneInfo("America/Chicago")
BEGAN = datetime(2026, 10, 1, 9, tzinfo=CENTRAL)
HERE = "/training/recertification"


def test_from_the_plan_to_a_license_that_is_given_back(app, live: str, enter: Enter, travel) -> None:
    travel(BEGAN.astimezone(UTC))
    world = make_world("missouri")
    for agency in (world.agency, world.other_agency, *(make_agency(world.coc) for _ in range(3))):
        for _ in range(4):
            licensed(member(agency), agency, BEGAN - timedelta(days=500))
    held = licensed(world.end_user, world.agency, datetime(2026, 9, 20, tzinfo=CENTRAL))
    view, narrow = enter(world.manager, 1280), enter(world.manager, 320)
    for page in (narrow, view):
        page.goto(live + HERE)
        good(page)
    shot(view, "recertification-plan-1280")
    view.get_by_role("link", name="Start Recertification", exact=False).click()
    good(view)
    expect(view.get_by_text("People who would owe something")).to_be_visible()
    view.get_by_label("Nobody is late before the end of").fill("")
    view.get_by_label("Days to do it").fill("30")
    view.get_by_role("button", name="Show who would owe what").click()
    expect(view.get_by_text("Sat, Oct 31, 2026")).to_be_visible()
    good(view)
    shot(view, "recertification-start-1280")
    narrow.goto(f"{live}{HERE}/start?coc={world.coc.id}&plan=recertification:holders")
    good(narrow)
    view.get_by_role("button", name="Start it").click()
    expect(view.get_by_text("Everybody concerned is told")).to_be_visible()
    campaign = view.url
    everything = make_course(world.lead, counts=["data-standards", "security-and-privacy", "user-agreement"])
    for row in owes_of(world.agency.id)[-3:]:
        did(row, everything, BEGAN + timedelta(days=4))
    travel((BEGAN + timedelta(days=12)).astimezone(UTC))
    view, narrow = enter(world.manager, 1280), enter(world.manager, 320)
    for page in (narrow, view):
        page.goto(campaign)
        good(page)
    shot(view, "recertification-campaign-1280")
    theirs = enter(world.end_user, 320)
    theirs.goto(live + "/training")
    theirs.get_by_text("why?").first.click()
    expect(theirs.get_by_text("The manual makes no exception for new users").first).to_be_visible()
    good(theirs)
    travel(datetime(2026, 11, 1, 8, tzinfo=CENTRAL).astimezone(UTC))
    jobs.lapse_due()
    view, narrow, theirs = enter(world.manager, 1280), enter(world.manager, 320), enter(world.end_user, 320)
    theirs.goto(live + "/training")
    expect(theirs.get_by_text("Something is late")).to_be_visible()
    good(theirs)
    shot(theirs, "recertification-late-320")
    agency = enter(world.administrator, 1280)
    agency.goto(f"{live}{HERE}/people?q=erin")
    good(agency)
    agency.goto(f"{live}/access/licenses/{held.id}")
    expect(agency.get_by_text("Access to the HMIS is locked")).to_be_visible()
    good(agency)
    shot(agency, "license-locked-1280")
    for page in (view, narrow):
        page.goto(f"{live}{HERE}/people")
        good(page)
    row = owes(world.end_user)[0]
    view.goto(f"{live}{HERE}/obligations/{row.id}")
    good(view)
    view.get_by_text("Excuse from it").first.click()
    view.get_by_label("Reason").fill("On leave until January.")
    view.get_by_role("button", name="Excuse from it").click()
    expect(view.get_by_role("complementary").get_by_text("On leave until January.")).to_be_visible()
    good(view)
    did(world.end_user.id, everything)
    theirs.goto(live + "/training")
    expect(theirs.get_by_text("Something is late")).to_have_count(0)
    agency.goto(f"{live}/access/licenses/{held.id}")
    expect(agency.get_by_text("Access to the HMIS is locked")).to_have_count(0)


def owes_of(agency_id: int) -> list[int]:
    query = select(Obligation.person_id).where(Obligation.agency_id == agency_id).distinct()
    return list(db.session.scalars(query.order_by(Obligation.person_id)))
