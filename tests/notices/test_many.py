"""Very many people, and several processes at once."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import func, select, text

from core import clock
from core.db import db, unit_of_work
from core.errors import Conflict
from core.outbox import OutboxMessage
from helpdesk.notices import queries, services
from helpdesk.notices.models import Notice, NoticeRecipient
from tests.notices.acting import deed, drafted, notice, once, people_told, recipients
from tests.support.counting import queries as counted
from tests.support.factories import make_agency, make_world

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def world():
    return make_world("sacramento")


def crowd(agency, size: int) -> None:
    """So many people at one agency."""
    with unit_of_work() as session:
        session.execute(
            text(
                "with p as (insert into person (name, email, phone, tz, created_at)"
                " select 'Crowd ' || n, 'crowd' || n || '@agency.test', '', '', :now from generate_series(1, :size) n"
                " returning id) insert into membership (person_id, agency_id, employment, job_title, started_on)"
                " select id, :agency, 'paid-staff', '', '2020-01-01' from p"
            ),
            {"now": clock.now(), "size": size, "agency": agency.id},
        )


def test_many_buttons_pressed_at_once_send_it_once(client, world, app):
    """Each in a process' own transaction; the others are told that it was sent, or that it is the same form."""
    row_id = drafted(client, world.agent, discovered="2026-11-20T12:00").id
    expected, answers = len(everybody(world)), []
    start = threading.Barrier(6)

    def press() -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    held = queries.locked(db.session.get_one(Notice, row_id))
                    services.send(held, None, once(), clock.now())
                answers.append("sent")
            except Conflict:
                answers.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["refused"] * 5 + ["sent"]
    row = notice(row_id)
    assert (len(recipients(row)), len(people_told(row)), row.recipients) == (expected,) * 3


def everybody(world) -> list[int]:
    names = ("end_user", "representative", "administrator", "security_officer", "director")
    return [getattr(world, name).id for name in (*names, "other_end_user", "other_representative")]


def test_it_is_as_many_statements_for_many_as_for_few(client, world):
    counts = []
    for size in (1, 300):
        agency = make_agency(world.coc)
        with unit_of_work() as session:
            session.execute(text("update person set email = id || '@gone.test' where email like 'crowd%'"))
        crowd(agency, size)
        row = drafted(client, world.agent, agency_ids=[agency.id])
        with counted() as told:
            assert deed(client, world.agent, row, "send").status_code == 302
        counts.append(len(told))
        assert len(people_told(row)) == size
    assert counts[0] == counts[1]


@pytest.mark.prove
def test_a_hundred_thousand_people_within_a_minute(client, world):
    crowd(world.agency, 100_000)
    row = drafted(client, world.agent, asks_reading="y", text="The HMIS is away. We are on it.\n\n" * 20)
    begun = time.monotonic()
    assert deed(client, world.agent, row, "send").status_code == 302
    took = time.monotonic() - begun
    assert notice(row.id).recipients > 100_000
    for model in (NoticeRecipient, OutboxMessage):
        assert db.session.scalar(select(func.count()).select_from(model)) == notice(row.id).recipients
    begun = time.monotonic()
    assert deed(client, world.agent, row, "update", text="Half of it is back.").status_code == 302
    again = time.monotonic() - begun
    assert max(took, again) < 60
