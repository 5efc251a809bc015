"""Every mail of licensing, as it leaves: whole, with its link, with nothing that was never filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import clock
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.outbox import OutboxMessage
from licensing.access.holds import hold, lift
from licensing.access.mails import license_news
from licensing.access.models import HoldKind, License
from tests.licensing.acting import activate, confirm_all, decide, give_license, leaving, noted, request_made
from tests.support.factories import make_world
from tests.support.signing_in import sign_in

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "email"
OURS = {folder.name for folder in FOLDER.iterdir() if folder.name.startswith(("access-", "license-", "departure-"))}
# Of a whole agency, and of protected projects: test_endings.py and test_protected.py.
OURS -= {"license-suspended", "license-unsuspended", "access-protected"}
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def sent(client, app, travel):
    """One of each, from the acts that cause them."""
    travel(datetime(2026, 11, 20, 12, 0, tzinfo=CHICAGO))
    world = make_world("missouri")
    row = request_made(client, world)
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    activate(client, world.manager, row)
    other = request_made(client, world, email="o.hale@agency.test", name="Ola Hale")
    decide(client, world.manager, other, "deny")
    noted(client, world.agent, world.agency, leaving(world.end_user, "2026-11-13", "16:30"))
    undone = noted(client, world.representative, world.agency, leaving(world.director, "2026-11-24", "16:30"))
    held = give_license(world.administrator, world.agency)
    with unit_of_work() as session:
        row = session.get_one(License, held.id)
        hold(row, HoldKind.TRAINING, "test", "The training is late.", clock.now())
        lift(row, HoldKind.TRAINING, clock.now())
        license_news(row, "test", "An HMIS license has ended", "It has ended.", clock.now())
    travel(datetime(2026, 11, 23, 16, 30, tzinfo=CHICAGO))
    fire_due()
    sign_in(client, world.representative).post(f"/departures/{undone.id}/undo")
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_every_message_there_is_a_template_for_is_sent_and_whole(sent):
    assert {mail.message for mail in sent} == OURS
    for mail in sent:
        assert mail.subject, mail.message
        for body in (mail.body_text, mail.body_html):
            assert "http://hearthdesk.test/" in body, mail.message
            assert "Hello " in body, mail.message
            assert "None" not in body, mail.message
            assert "{" not in body, mail.message
        if mail.message.startswith("departure-") and mail.message != "departure-undone":
            assert "MO-LI-4" in mail.body_text, mail.message
            assert "Revoking End User Access" in mail.body_html, mail.message


def test_the_answer_to_an_advance_notice_reads_like_this(sent):
    mail = next(m for m in sent if m.message == "departure-received")
    assert mail.subject == "Noted: Dana Reyes leaves Harbor House"
    assert mail.body_text.splitlines()[2:] == [
        "Dana Reyes leaves Harbor House. Access ends on Tue, Nov 24, 2026, 4:30 PM (CST).",
        "The notice came on time; it was due Mon, Nov 30, 2026, end of day (CST).",
        "",
        "Why the notice was due then:",
        "  Dana Reyes leaves Tue Nov 24, 4:30 PM. Notice is due within 3 business days.",
        "  Wed 25 (1), Thu 26 (Thanksgiving Day, not counted), Fri 27 (2), Mon 30 (3).",
        *_indented(mail.body_text, "Why the notice was due then:")[2:],
        "",
        "Why access ends then:",
        "  Left: Tue, Nov 24, 2026, 4:30 PM (CST). Notice: Fri, Nov 20, 2026, 12:00 PM (CST).",
        *_indented(mail.body_text, "Why access ends then:")[1:],
        "",
        "Until then you can undo it:",
        "http://hearthdesk.test/departures/2",
    ]
    assert mail.created_at == datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


def _indented(text: str, after: str) -> list[str]:
    """The explanation's own lines, whose words are the policy's and proved there."""
    lines = text.splitlines()[text.splitlines().index(after) + 1 :]
    return lines[: next(n for n, line in enumerate(lines) if not line.startswith("  "))]
