"""The main job, end to end, in a real browser with real mail: the day of every role, in one story.

Friday, November 20, 2026. A Sonoma agency's question climbs the tiers to the vendor and comes back;
a Missouri agency asks for access for a new colleague and tells of one who leaves. Pictures of each step
are kept in docs/tour when HEARTHDESK_PICTURES=1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pyotp
import pytest
from playwright.sync_api import Page, expect

from core import clock
from core.db import unit_of_work
from core.deadlines import fire_due
from core.outbox import drain
from core.people.models import DesignationKind, StaffRole
from helpdesk.mail.services import receive
from tests.browser.looking import good, settled, shot
from tests.support.factories import make_agency, make_coc, make_lead, make_project, make_staff, member
from tests.support.signing_in import PASSWORD, TOTP_SECRET, account_for

FRIDAY_NOON = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
SSN = "512-60-9981"


class Office:
    """One HMIS Lead that serves a Sonoma and a Missouri CoC, and the people of this story."""

    def __init__(self) -> None:
        kind = DesignationKind
        self.lead = make_lead("Three Rivers HMIS Office", support_address="help@hearthdesk.test")
        self.sonoma = make_coc(self.lead, "sonoma", "America/Los_Angeles")
        self.missouri = make_coc(self.lead, "missouri", "America/Chicago")
        self.casa = make_agency(self.sonoma, "Casa Sol")
        self.harbor = make_agency(self.missouri, "Harbor House")
        make_project(self.harbor, "Night shelter")
        make_project(self.harbor, "Street outreach", 4)
        self.erin = member(self.casa, name="Erin Doyle", email="erin@casasol.test")
        self.tam = member(self.casa, kind.ADMINISTRATOR, name="Tam Nguyen", email="tam@casasol.test")
        self.rosa = member(self.harbor, kind.REPRESENTATIVE, name="Rosa Lind", email="rosa@harbor.test")
        self.dana = member(self.harbor, kind.EXECUTIVE_DIRECTOR, name="Dana Reyes", email="dana@harbor.test")
        self.kim = member(self.harbor, name="Kim Moss", email="kim@harbor.test")
        self.ana = make_staff(self.lead, StaffRole.AGENT, name="Ana Petrov", email="ana@lead.test")
        self.mina = make_staff(self.lead, StaffRole.MANAGER, self.missouri, name="Mina Cole", email="mina@lead.test")
        self.ada = make_staff(self.lead, StaffRole.ADMIN, name="Ada Boone", email="ada@lead.test")


@pytest.fixture
def office(app):
    with clock.frozen(FRIDAY_NOON):
        yield Office()


class Browser:
    """Opens windows, each signed in through the real pages as one person."""

    def __init__(self, live: str, open_page: Callable[..., Page]) -> None:
        self.live, self.open_page = live, open_page

    def sign_in(self, person, width: int = 1280) -> Page:
        account = account_for(person)
        with unit_of_work():
            account.last_totp_step = 0
        page = self.open_page(width)
        page.goto(f"{self.live}/")
        page.get_by_label("Email address").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Code").fill(pyotp.TOTP(TOTP_SECRET).at(clock.now()))
        page.locator("main").get_by_role("button").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Today")
        return page


@pytest.fixture
def people(live, page):
    return Browser(live, page)


def mail(sender, to, subject, text, **headers) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message["Message-ID"] = f"<{abs(hash((sender, subject, text)))}@agency.test>"
    message.set_content(text)
    return message.as_bytes()


def look(page: Page, name: str) -> None:
    """Held to the standards at both widths, and kept as a picture."""
    good(page)
    shot(page, name)
    page.set_viewport_size({"width": 320, "height": 800})
    good(page)
    shot(page, f"{name}-320")
    page.set_viewport_size({"width": 1280, "height": 900})


def unfold(page: Page, words: str) -> None:
    """Open the form behind these words."""
    page.locator("main summary").get_by_text(words, exact=True).click()


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


@pytest.mark.rule("SON-HD-1", "SON-HD-2", "SON-HD-3", "SON-HD-4", "MO-HD-5")
def test_a_question_climbs_the_tiers_to_the_vendor_and_the_answer_comes_back(office, people, sink):
    asked = receive(
        mail(
            office.erin.email, "help@hearthdesk.test", "Cannot save a move-in date", f"It fails for SSN {SSN}.\n\nErin"
        )
    )
    assert asked.outcome == "ticket"
    drain()
    told = {m["To"]: m for m in sink.mails}
    assert set(told) == {office.erin.email, office.tam.email}
    assert not any(SSN in str(m) for m in sink.mails)

    tam = people.sign_in(office.tam)
    look(tam, "today-administrator")
    tam.get_by_role("link", name=re.compile("Cannot save")).first.click()
    expect(tam.get_by_text("SSN hidden").first).to_be_visible()
    settled(tam)
    assert SSN not in tam.content()
    look(tam, "ticket-administrator")
    unfold(tam, "Forward to the HMIS Lead")
    tam.locator("#forward-reason").fill("Same for the whole agency, not something we can set.")
    tam.get_by_role("button", name="Forward", exact=True).click()
    expect(tam.get_by_text("The HMIS Lead has it now.")).to_be_visible()

    ana = people.sign_in(office.ana)
    look(ana, "today-agent")
    ana.goto(f"{people.live}/tickets?view=needs-action")
    look(ana, "queue-agent")
    ana.get_by_role("link", name=re.compile("Cannot save")).first.click()
    unfold(ana, "Ask the vendor")
    vendor_form = ana.locator("form[action$='/ask-vendor']")
    vendor_form.get_by_role("textbox").fill(f"Saving a move-in date fails. Client SSN {SSN}.")
    vendor_form.get_by_role("button", name="Send to the vendor").click()
    expect(ana.get_by_text("what looks like a client's").first).to_be_visible()
    shot(ana, "ticket-kindly-refused")
    vendor_form.get_by_role("textbox").fill("Saving a move-in date fails for Erin Doyle of Casa Sol with error 12.")
    vendor_form.get_by_role("button", name="Send to the vendor").click()
    drain()
    to_vendor = next(m for m in sink.mails if m["To"] == office.lead.vendor_address)
    assert "error 12" in text_of(to_vendor)
    assert not any(word in str(to_vendor) for word in ("Erin", "Casa Sol", office.erin.email))

    answered = receive(
        mail(
            office.lead.vendor_address,
            to_vendor["Reply-To"],
            f"Re: {to_vendor['Subject']}",
            "Fixed in tonight's release.",
            In_Reply_To=to_vendor["Message-ID"],
        )
    )
    assert (answered.outcome, answered.ticket) == ("reply", asked.ticket)
    ana.reload()
    expect(ana.get_by_text("Fixed in tonight's release.").first).to_be_visible()
    look(ana, "ticket-agent")
    ana.locator("form[action$='/answer']").get_by_role("textbox").fill(
        "The vendor mends it tonight. Please try tomorrow."
    )
    ana.get_by_role("button", name="Send the answer").click()
    expect(ana.get_by_text("Your answer is on its way.")).to_be_visible()
    drain()

    answer = [m for m in sink.mails if m["To"] == office.erin.email][-1]
    thanks = receive(
        mail(
            office.erin.email,
            answer["Reply-To"],
            f"Re: {answer['Subject']}",
            "It works, thank you!",
            In_Reply_To=answer["Message-ID"],
        )
    )
    assert (thanks.outcome, thanks.ticket) == ("reply", asked.ticket)
    erin = people.sign_in(office.erin, 320)
    erin.goto(f"{people.live}/tickets/{asked.ticket}")
    expect(erin.get_by_text("It works, thank you!").first).to_be_visible()
    assert "Fixed in tonight's release." not in erin.content()
    look(erin, "ticket-end-user")
    unfold(erin, "It is solved")
    close_form = erin.locator("form[action$='/close']")
    close_form.get_by_role("textbox").fill("Works since the release.")
    close_form.get_by_role("button").click()
    expect(erin.get_by_text("Closed").first).to_be_visible()


@pytest.mark.rule("MO-LI-1", "MO-LI-2", "MO-LI-3")
def test_access_is_asked_for_decided_and_given_when_every_line_holds(office, people, sink):
    rosa = people.sign_in(office.rosa)
    rosa.goto(f"{people.live}/access/new")
    rosa.get_by_label("Full name").fill("Lena Chen")
    rosa.get_by_label("Work e-mail").fill("lena@harbor.test")
    rosa.get_by_text("Contractor").click()
    rosa.get_by_text("Night shelter").click()
    rosa.get_by_role("button", name="Send the request").click()
    expect(rosa.get_by_label("Full name")).to_have_value("Lena Chen")
    expect(rosa.locator(".usa-error-message").first).to_be_visible()
    shot(rosa, "access-refused")
    rosa.get_by_text("Paid employee", exact=True).click()
    rosa.get_by_role("button", name="Send the request").click()
    expect(rosa.get_by_role("heading", level=1)).to_have_text("Access for Lena Chen")
    request_url = rosa.url
    look(rosa, "access-request-representative")

    mina = people.sign_in(office.mina)
    look(mina, "today-manager")
    mina.goto(request_url)
    mina.locator("form[action$='/approve']").get_by_role("textbox").fill("The night shelter needs one more person.")
    mina.get_by_role("button", name="Approve").click()
    look(mina, "access-request")
    while mina.locator("details:has(form[action*='/confirm'])").count():
        line = mina.locator("details:has(form[action*='/confirm'])").first
        line.locator("summary").first.click()
        line.get_by_role("textbox").fill("Seen the signed paper of November 18.")
        line.get_by_role("button", name="Confirm").click()
        settled(mina)
    mina.get_by_role("button", name=re.compile("Activate the license")).click()
    expect(mina.get_by_text("The license is active").first).to_be_visible()
    look(mina, "access-active")
    drain()
    assert {"lena@harbor.test", office.rosa.email} <= set(sink.recipients)


@pytest.mark.rule("MO-LI-4")
def test_a_departure_has_two_clocks_and_ends_access_by_itself(office, people, sink, travel):
    kim = people.sign_in(office.kim)
    rosa = people.sign_in(office.rosa)
    rosa.goto(f"{people.live}/departures/new")
    _choose_person(rosa, "Kim Moss")
    rosa.locator("input[name=left_on]").fill("2026-11-20")
    rosa.locator("input[name=left_at]").fill("16:30")
    rosa.get_by_role("button", name="Show what this means").click()
    expect(rosa.locator(".hd-outlook")).to_contain_text("You are on time")
    look(rosa, "departure-new")
    rosa.get_by_role("button", name="Send the notice").click()
    expect(rosa.get_by_role("heading", level=1)).to_have_text("Departure of Kim Moss")
    url = rosa.url
    look(rosa, "departure-scheduled")

    travel(FRIDAY_NOON + timedelta(hours=5))
    kim.goto(f"{people.live}/tickets")
    expect(kim.get_by_role("heading", level=1)).not_to_have_text("Tickets")
    shot(kim, "access-ended")
    fire_due()
    drain()
    mina = people.sign_in(office.mina)
    mina.goto(url)
    expect(mina.get_by_text("Access ended").first).to_be_visible()
    mina.locator("details.hd-why summary, summary:has-text('why?')").first.click()
    expect(mina.get_by_text("Revoking End User Access").first).to_be_visible()
    look(mina, "departure")
    about = [m for m in sink.mails if "Kim Moss" in m["Subject"] or "Kim Moss" in text_of(m)]
    assert {office.rosa.email, office.mina.email} <= {m["To"] for m in about}
    assert any("MO-LI-4" in text_of(m) for m in about)
    mina.goto(f"{people.live}/deadlines?shown=past")
    look(mina, "deadlines")
    dana = people.sign_in(office.dana)
    look(dana, "today-director")
    ada = people.sign_in(office.ada)
    ada.goto(f"{people.live}/audit")
    look(ada, "audit")
    ada.goto(f"{people.live}/outbox")
    look(ada, "outbox")
    ada.goto(f"{people.live}/search?q=harbor")
    look(ada, "search")


def _choose_person(page: Page, name: str) -> None:
    page.locator("select[name=person]").select_option(label=name)
