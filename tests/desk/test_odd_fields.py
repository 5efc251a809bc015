"""What no form of ours sends, into hidden and plain fields: answered like any other mistake, never an error."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from helpdesk.mail.models import SupportAddress
from helpdesk.reports.models import ThemeReview
from tests.support.factories import make_world
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def office(client):
    """The administrator's browser."""
    return sign_in(client, make_world("missouri").admin)


def test_a_key_that_is_none_is_replaced(office):
    assert office.post("/reports/themes/looked", data={"once": "x" * 100_000}).status_code == 302
    assert len(db.session.scalars(select(ThemeReview.once)).one()) < 64


def test_a_key_with_a_nul_is_refused(office):
    form = {"nonce": "a\0b", "place": "0", "since": clock.now().date().isoformat(), "gives": "y"}
    assert office.post("/practice/new", data=form).status_code == 422


def test_a_senders_name_is_kept_without_what_no_header_holds(office):
    form = {
        "address": "desk2@hearthdesk.test",
        "name": "Help\0\r\nBcc: you@there.test",
        "category": "other",
        "coc": "0",
    }
    assert office.post("/mail/addresses/new", data=form).status_code == 302
    assert db.session.scalars(select(SupportAddress.name)).one() == "Help Bcc: you@there.test"


def test_an_owner_whom_no_number_names_is_refused(office):
    form = {
        "nonce": "n-1", "title": "How to print", "body": "Press print.", "audience": "staff", "tags": "",
        "owner_id": str(2**63), "review_on": "2027-03-01", "why": "New.",
    }  # fmt: skip
    page = office.get("/knowledge/new").get_data(as_text=True)
    place = page.partition('value="lead-')[2].partition('"')[0]
    kind = page.partition('name="kind"')[2].partition('value="')[2].partition('"')[0]
    assert office.post("/knowledge/new", data={**form, "place": f"lead-{place}", "kind": kind}).status_code == 422
