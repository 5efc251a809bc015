"""SON-HD-6: two numbers, the lower is the master; who merges, and what must be confirmed before."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.audit import AuditEvent
from core.db import db
from core.policy.vocabulary import Tier
from helpdesk.intake.models import IntakeStep
from helpdesk.intake.rules import Step
from helpdesk.tickets.rules import State
from tests.intake.acting import send, step
from tests.support.factories import make_world
from tests.tickets.acting import ask, do, fresh, mails, messages_of, read, stays_of, words

pytestmark = [pytest.mark.usefixtures("at_noon"), pytest.mark.rule("SON-HD-6")]
HERE, ELSEWHERE = {"q_enrollments_here": "yes"}, {"q_enrollments_here": "no"}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def merge_of(client, world, **values):
    return ask(client, world.end_user, category="duplicate-merge", **values)


def steps() -> list[Step]:
    return list(db.session.scalars(select(IntakeStep.step).order_by(IntakeStep.id)))


@pytest.mark.parametrize(("first", "second"), [("98012", "104877"), ("104877", "98012"), ("999", "1000")])
def test_the_lower_number_is_the_master_whichever_comes_first(client, world, first, second):
    ticket = merge_of(client, world, q_first_case=first, q_second_case=second)
    low, high = sorted((int(first), int(second)))
    page = words(read(client, world.end_user, f"/tickets/{ticket.id}"))
    assert f"{low} is lower and stays as the master record; {high} is merged into it." in page


def test_it_is_said_at_once_when_both_numbers_are_there(client, world):
    page = send(client, world.end_user, "duplicate-merge", subject="")
    assert page.status_code == 422
    assert "98012 is lower and stays as the master record" in page.get_data(as_text=True)


@pytest.mark.parametrize("second", ["104877", "0104877", "Jane Roe", ""])
def test_equal_numbers_and_names_are_refused_with_nothing_lost(client, world, second):
    answer = send(client, world.end_user, "duplicate-merge", q_second_case=second, text="Kept words")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Kept words" in page
    assert 'value="104877"' in page
    assert not mails()


def test_both_enrollments_here_go_to_the_administrator_who_merges(client, world):
    ticket = merge_of(client, world, **HERE)
    assert (ticket.tier, stays_of(ticket)[0].rule) == (Tier.AGENCY_ADMINISTRATOR, "SON-HD-6")
    assert "They are merged in the HMIS" in read(client, world.administrator, f"/tickets/{ticket.id}")
    assert step(client, world.administrator, ticket, "merge").status_code == 302
    assert (fresh(ticket.id).state, steps()) == (State.CLOSED, [Step.MERGED])
    assert "Merged by Tam Nguyen" in words(read(client, world.end_user, f"/tickets/{ticket.id}"))


def test_otherwise_the_lead_confirms_with_the_agency_and_then_merges(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    assert (ticket.tier, stays_of(ticket)[0].rule) == (Tier.HMIS_LEAD, "SON-HD-6")
    refused = step(client, world.agent, ticket, "merge")
    assert refused.status_code == 409
    assert "Confirm with the agency first" in refused.get_data(as_text=True)
    assert "They are merged in the HMIS" not in read(client, world.agent, f"/tickets/{ticket.id}")
    assert step(client, world.agent, ticket, "confirm-merge").status_code == 302
    assert step(client, world.agent, ticket, "merge").status_code == 302
    assert (fresh(ticket.id).state, steps()) == (State.CLOSED, [Step.CONFIRMED, Step.MERGED])
    page = words(read(client, world.agent, f"/tickets/{ticket.id}"))
    assert "Sam at Harbor House confirmed it by phone." in page
    known = select(AuditEvent.action).where(AuditEvent.action.like("intake.%")).order_by(AuditEvent.id)
    assert list(db.session.scalars(known)) == ["intake.merge_confirmed", "intake.merged"]


def test_an_administrator_does_not_merge_what_is_partly_elsewhere(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    assert step(client, world.administrator, ticket, "merge").status_code == 403
    assert step(client, world.administrator, ticket, "confirm-merge").status_code == 403
    assert step(client, world.end_user, ticket, "merge").status_code == 403
    assert steps() == []


def test_what_the_administrator_forwards_needs_the_confirmation_too(client, world):
    ticket = merge_of(client, world, **HERE)
    assert do(client, world.administrator, ticket, "forward").status_code == 302
    assert step(client, world.administrator, ticket, "merge").status_code == 403
    assert step(client, world.agent, ticket, "merge").status_code == 409


def test_an_administrator_who_asks_is_told_to_merge_themselves(client, world):
    answer = send(client, world.administrator, "duplicate-merge", **HERE)
    assert answer.status_code == 422
    assert "you merge these two records yourself" in answer.get_data(as_text=True)
    assert send(client, world.administrator, "duplicate-merge", **ELSEWHERE).status_code == 302


def test_sent_twice_it_is_one_step(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    for _ in range(2):
        assert step(client, world.agent, ticket, "confirm-merge", nonce="same-once").status_code == 302
    for _ in range(2):
        assert step(client, world.agent, ticket, "merge", nonce="same-again").status_code == 302
    assert steps() == [Step.CONFIRMED, Step.MERGED]


def test_other_numbers_need_another_confirmation(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    step(client, world.agent, ticket, "confirm-merge")
    changed = {"category": "duplicate-merge", "q_first_case": "104877", "q_second_case": "98013", **ELSEWHERE}
    assert step(client, world.agent, ticket, "answers", **changed).status_code == 302
    assert steps() == []
    assert step(client, world.agent, ticket, "merge").status_code == 409
    assert "The other case number: 98012 became 98013." in messages_of(ticket)[-1].text
    step(client, world.agent, ticket, "confirm-merge")
    step(client, world.agent, ticket, "merge")
    do(client, world.agent, ticket, "reopen")
    assert step(client, world.agent, ticket, "answers", **{**changed, "q_first_case": "5"}).status_code == 409


def test_no_mail_tells_a_case_number(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    step(client, world.agent, ticket, "confirm-merge")
    step(client, world.agent, ticket, "merge")
    assert {row.message for row in mails()} >= {"ticket-received", "ticket-news", "ticket-closed"}
    for row in mails():
        assert "98012" not in f"{row.subject} {row.body_text} {row.body_html}"


def test_a_client_name_in_the_confirmation_is_refused_and_stays(client, world):
    ticket = merge_of(client, world, **ELSEWHERE)
    answer = step(client, world.agent, ticket, "confirm-merge", text="Yes, client Jane Roe, born 01/02/1980")
    assert answer.status_code == 422
    assert "<mark>" in answer.get_data(as_text=True)
    assert steps() == []
