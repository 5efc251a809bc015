"""A form that is sent twice at the same instant, each on a connection of its own, is one act and no error."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Agency, Lead
from helpdesk.matters.breaches import services as breaches
from helpdesk.matters.breaches.models import BreachReport
from helpdesk.matters.letters import services as letters
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.notices import services as notices
from helpdesk.notices.models import Notice
from helpdesk.notices.rules import Audience, Kind
from helpdesk.reports.models import ThemeReview
from helpdesk.reports.themes import services as themes
from helpdesk.satisfaction import services as satisfaction
from helpdesk.satisfaction.models import SatisfactionPractice
from helpdesk.satisfaction.rules import Practice
from helpdesk.surveys import services as surveys
from helpdesk.surveys.models import Survey
from helpdesk.vendor import contacts
from helpdesk.vendor.models import VendorProtocol
from tests.bonds.test_races import at_once
from tests.support.factories import make_world

KEY = "twice-at-once"


def _practice(lead, by):
    satisfaction.set_practice(lead, Practice(30, 14, "As agreed."), by, KEY, clock.now())


def _survey(lead, by):
    surveys.make(lead, surveys.Draft("How we helped", "text: What else?"), by, KEY)


def _protocol(lead, by):
    contacts.agree(lead, 2, "Credits of a tenth.", "The board", by, clock.now(), KEY)


def _looked(lead, by):
    themes.looked_through(lead, by, KEY, clock.now())


def _letter(lead, by):
    letters.issue(_agency(), by, "HUD field office", KEY, clock.now())


def _breach(lead, by):
    breaches.note_breach(_agency(), by, clock.now(), "A laptop was lost.", KEY, clock.now())


def _notice(lead, by):
    draft = notices.Draft(Kind.NEWSLETTER, "News", "All is well.", Audience(), KEY)
    notices.make(lead, draft, by, clock.now())


def _agency():
    return db.session.scalars(select(Agency).order_by(Agency.id)).first()


@pytest.mark.parametrize(
    ("deed", "model"),
    [
        (_practice, SatisfactionPractice),
        (_survey, Survey),
        (_protocol, VendorProtocol),
        (_looked, ThemeReview),
        (_letter, ParticipationLetter),
        (_breach, BreachReport),
        (_notice, Notice),
    ],
)
def test_two_at_once_are_one(app, at_noon, deed, model):
    world = make_world("missouri")
    lead_id, by, done = world.lead.id, principal_for(world.admin, clock.now()), []

    def send():
        with unit_of_work() as session:
            deed(session.get_one(Lead, lead_id), by)
        done.append(True)

    assert at_once(app, *[send] * 6) == []
    assert len(done) == 6
    assert db.session.scalar(select(func.count()).select_from(model)) == 1
