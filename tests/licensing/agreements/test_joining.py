"""An agency that comes in signs the agreement that the Lead sends it, in the order of its steps."""

from __future__ import annotations

import pytest

from core.people.models import AgencyStatus, DesignationKind
from licensing.agreements.rules import State
from tests.licensing.acting import read, words
from tests.licensing.agreements.acting import newest, published, sign
from tests.licensing.test_agencies import confirm, name
from tests.support.factories import make_agency, make_world, member


@pytest.mark.rule("SAC-LI-4")
def test_the_agreement_that_was_sent_is_signed_after_the_audit_and_its_step_is_a_fact(client, app, at_noon):
    world = make_world("sacramento", "America/Los_Angeles")
    agency = make_agency(world.coc, "Casa Nueva", status=AgencyStatus.ONBOARDING)
    director = member(agency, DesignationKind.EXECUTIVE_DIRECTOR, name="Nora Vance")
    officer = member(agency, name="Otis Reed")
    published(world.coc, world.admin)
    row = newest(agency_id=agency.id)
    early = sign(client, director, row)
    assert (early.status_code, newest(agency_id=agency.id).state) == (409, State.SENT)
    assert "First: initial security audit" in words(early)
    assert "SAC-LI-4" in words(early)
    assert 'value="Nora Vance"' in early.get_data(as_text=True)
    assert name(client, director, agency, "security-officer", officer).status_code == 302
    assert sign(client, director, row).status_code == 409
    assert confirm(client, officer, agency, "security-audit", note="All twelve points.").status_code == 302
    assert sign(client, director, row).status_code == 302
    assert "Signed on Fri, Nov 20, 2026" in read(client, director, f"/agencies/{agency.id}/onboarding")
    by_hand = confirm(client, world.manager, agency, "agreement-countersigned")
    assert (by_hand.status_code, "Nobody confirms this" in words(by_hand)) == (422, True)
