"""An agency's executive director and its security officer at work: narrow and wide, nothing that axe finds."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.people.models import AgencyStatus, DesignationKind
from licensing.agencies.officers import look_everywhere
from tests.browser.looking import good, picture
from tests.support.factories import make_agency, make_project, make_world, member

KIND = DesignationKind


@pytest.fixture
def world(app):
    return make_world("sacramento", "America/Los_Angeles")


def test_the_directors_day(world, live, enter):
    """Names a security officer where none is, sees the days without gone on counting, and looks at the page."""
    other = world.other_agency
    director = member(other, KIND.EXECUTIVE_DIRECTOR, name="Nora Vance")
    member(other, name="Otis Reed")
    look_everywhere()
    for width in (1280, 320):
        view = enter(director, width)
        view.goto(f"{live}/")
        expect(view.get_by_text("Name a security officer: Casa Sol")).to_be_visible()
        view.goto(f"{live}/agencies/{other.id}")
        good(view)
        if width == 1280:
            picture(view, "agency")
        view.goto(f"{live}/agencies/{other.id}/designations")
        good(view)
    view = enter(director, 1280)
    view.goto(f"{live}/agencies/{other.id}/designations")
    view.get_by_label("Duty").select_option(label="Security officer")
    view.get_by_label("Person", exact=True).select_option(label="Otis Reed")
    view.locator("#name-note").fill("Board letter of today.")
    picture(view.locator("section[aria-labelledby=name]"), "agency-name")
    view.get_by_role("button", name="Name them").click()
    expect(view.get_by_text("Named. They and the HMIS Lead are told in writing.")).to_be_visible()
    good(view)
    view.goto(f"{live}/agencies/{other.id}")
    expect(view.get_by_text("Nothing is owed by either side.")).to_be_visible()


def test_the_security_officers_day(world, live, enter):
    """Does the initial audit, so that the agreement can be signed; the manager takes the agency in at the end."""
    agency = make_agency(world.coc, "Casa Nueva", status=AgencyStatus.ONBOARDING)
    make_project(agency, "Nights")
    officer = member(agency, KIND.SECURITY_OFFICER, name="Otis Reed")
    director = member(agency, KIND.EXECUTIVE_DIRECTOR, name="Nora Vance")
    for width in (320, 1280):
        view = enter(officer, width, dark=width == 320)
        view.goto(f"{live}/agencies/{agency.id}/onboarding")
        good(view)
    picture(view, "agency-onboarding")
    _confirm(view, "Initial security audit", "All twelve points were looked at.")
    good(view)
    view = enter(director, 1280)
    view.goto(f"{live}/agencies/{agency.id}/onboarding")
    _confirm(view, "Agreement signed", "Signed at the desk.")
    view = enter(world.manager, 1280)
    view.goto(f"{live}/agencies/{agency.id}/onboarding")
    _confirm(view, "Agreement countersigned", "Copy returned.")
    _confirm(view, "Privacy notice collected", "On the wall.")
    good(view)
    view.get_by_role("button", name="Take the agency in").click()
    expect(view.get_by_text("The agency takes part from now on.")).to_be_visible()
    for width in (320, 1280):
        view = enter(world.manager, width)
        for path in ("/agencies/standing", "/agencies/new", f"/agencies/{agency.id}/projects/new"):
            view.goto(f"{live}{path}")
            good(view)


def test_an_agency_leaves_and_another_is_suspended(world, live, enter):
    """The director gives notice with the earliest day; the manager suspends at once and lifts it again."""
    page = f"{live}/agencies/{world.agency.id}/ending"
    for width in (320, 1280):
        view = enter(world.director, width, dark=width == 320)
        view.goto(page)
        good(view)
    view.locator("#notice-reason").fill("Its last project ends with the grant.")
    view.get_by_role("button", name="Give notice", exact=True).click()
    expect(view.get_by_text("Notice is on record. Both sides are told.")).to_be_visible()
    good(view)
    picture(view, "agency-leaves")
    view = enter(world.manager, 1280)
    view.goto(page)
    view.get_by_label("What is the evidence").fill("An account was shared, says the log.")
    view.get_by_role("button", name="Suspend all access now").click()
    expect(view.get_by_text("Suspended. Nobody of the agency has access from now on.")).to_be_visible()
    view.get_by_label("What is not kept").fill("No privacy statement is posted.")
    view.get_by_role("button", name="Give notice of default").click()
    for width in (320, 1280):
        view = enter(world.manager, width)
        view.goto(page)
        good(view)
        view.goto(f"{live}/agencies/{world.agency.id}")
        good(view)
    picture(view, "agency-suspended")
    view.goto(page)
    view.get_by_label("What was resolved").fill("The account is closed.")
    view.get_by_role("button", name="Lift the suspension").click()
    expect(view.get_by_text("Lifted. The licenses stand again as they did.")).to_be_visible()


def _confirm(view, label, words):
    gate = view.locator("li.hd-gate", has_text=label)
    gate.locator("summary", has_text="Confirm").click()
    gate.get_by_label("In a few words").fill(words)
    gate.get_by_role("button", name="Confirm").click()
    expect(view.get_by_text("Confirmed.").first).to_be_visible()


def test_everybody_finds_the_partners_without_an_account(world, live, page):
    for width in (320, 1280):
        view = page(width)
        view.goto(f"{live}/partners")
        expect(view.get_by_role("heading", name="Partner agencies")).to_be_visible()
        good(view)
