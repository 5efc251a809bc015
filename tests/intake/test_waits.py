"""MO-HD-3 and MO-HD-4: asked before anything is entered, and nothing is entered before the help desk says how."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from helpdesk.intake.models import IntakeStep
from helpdesk.tickets.rules import State
from tests.intake.acting import send, step
from tests.support.factories import make_world
from tests.tickets.acting import ask, do, fresh, mails, messages_of, read, words

pytestmark = pytest.mark.usefixtures("at_noon")
BOTH = [
    pytest.param("locked-record", marks=pytest.mark.rule("MO-HD-3")),
    pytest.param("release-gap", marks=pytest.mark.rule("MO-HD-4")),
]
WAITING = "Enter nothing in the HMIS about this before the help desk says how."


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


@pytest.mark.parametrize("category", BOTH)
def test_whoever_asked_is_told_to_wait_until_the_instruction_is_given(client, world, category):
    ticket = ask(client, world.end_user, category=category)
    assert WAITING in words(read(client, world.end_user, f"/tickets/{ticket.id}"))
    do(client, world.agent, ticket, "answer", text="We are looking into it.")
    assert WAITING in words(read(client, world.end_user, f"/tickets/{ticket.id}"))
    assert step(client, world.agent, ticket, "instruction", text="Enter it under the new release.").status_code == 302
    page = words(read(client, world.end_user, f"/tickets/{ticket.id}"))
    assert WAITING not in page
    assert "Instruction given by Ana Petrov" in page
    assert "Enter it under the new release." in page
    assert fresh(ticket.id).state is State.ANSWERED


@pytest.mark.parametrize("category", BOTH)
def test_what_was_entered_before_is_taken_flagged_and_told_what_to_do(client, world, category):
    ticket = ask(client, world.end_user, category=category, q_entered="yes")
    page = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Something was entered before it was asked. Enter no more" in page
    assert "Has anything about this been entered in the HMIS already? Yes" in page


@pytest.mark.parametrize("category", BOTH)
def test_it_is_asked_before_anything_is_entered(client, world, category):
    form = words(read(client, world.end_user, f"/tickets/new?category={category}"))
    assert "Has anything about this been entered in the HMIS already?" in form
    assert "enter no more and leave what is there as it is" in form
    assert send(client, world.end_user, category, q_entered="").status_code == 422
    assert send(client, world.end_user, category, q_entered="no").status_code == 302


@pytest.mark.parametrize("category", BOTH)
def test_only_the_help_desk_instructs_and_once_is_one_step(client, world, category):
    ticket = ask(client, world.end_user, category=category)
    for person in (world.end_user, world.administrator):
        assert step(client, person, ticket, "instruction").status_code == 403
    for _ in range(2):
        assert step(client, world.agent, ticket, "instruction", nonce="same-once").status_code == 302
    assert len(list(db.session.scalars(select(IntakeStep)))) == 1
    assert len([row for row in messages_of(ticket) if row.kind == "lead"]) == 1


@pytest.mark.rule("MO-HD-3")
@pytest.mark.parametrize("ids", ["Jane Roe", "104877 Roe", "219-09-9999"])
def test_a_household_is_named_by_client_ids_only(client, world, ids):
    answer = send(client, world.end_user, "locked-record", q_client_ids=ids, text="Kept words")
    assert answer.status_code == 422
    assert "Kept words" in answer.get_data(as_text=True)
    assert not mails()


@pytest.mark.rule("MO-HD-4")
@pytest.mark.parametrize(("begins", "status"), [("2026-09-01", 422), ("2026-09-02", 422), ("2026-09-03", 302)])
def test_two_releases_without_a_day_between_them_leave_no_gap(client, world, begins, status):
    assert send(client, world.end_user, "release-gap", q_later_begins=begins).status_code == status


def test_an_ordinary_request_waits_for_no_instruction(client, world):
    ticket = ask(client, world.end_user)
    assert step(client, world.agent, ticket, "instruction").status_code == 409
    assert step(client, world.agent, ticket, "confirm-merge").status_code == 409
    assert WAITING not in words(read(client, world.end_user, f"/tickets/{ticket.id}"))


@pytest.mark.rule("MO-HD-3")
@pytest.mark.rule("MO-HD-4")
@pytest.mark.parametrize(("pack", "is_offered"), [("missouri", True), ("missouri-bos", True), ("sonoma", False)])
def test_they_are_offered_where_the_manual_knows_them(app, client, pack, is_offered):
    page = read(client, make_world(pack).end_user, "/tickets/new")
    assert ("category=locked-record" in page) is is_offered
    assert ("category=release-gap" in page) is is_offered
    assert "category=duplicate-merge" in page
