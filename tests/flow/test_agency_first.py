"""A request's whole way by the clocks of an agency-first community, through the pages and the sweep."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, State
from core.policy.vocabulary import Tier
from tests.flow.conftest import on
from tests.tickets.acting import ask, fresh, mails, stays_of


def row(ticket, kind: str) -> Deadline:
    query = select(Deadline).where(Deadline.subject_type == "ticket", Deadline.subject_id == ticket.id)
    query = query.where(Deadline.kind == f"service-{kind}").order_by(Deadline.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def told(message: str) -> set[int]:
    return {mail.person_id for mail in mails(message)}


@pytest.mark.rule("SON-HD-2")
def test_a_request_nobody_settles_goes_up_by_itself_at_the_end_of_the_second_business_day(client, world, go):
    go(on(19))
    ticket = ask(client, world.end_user)
    assert ticket.tier is Tier.AGENCY_ADMINISTRATOR
    for kind, due in (("first-answer", on(23, 23, 59, 59)), ("resolution", on(27, 23, 59, 59))):
        assert row(ticket, kind).due_at == due, kind
    assert fresh(ticket.id).next_due_at == on(23, 23, 59, 59)
    go(on(23, 23, 59, 58))
    assert fresh(ticket.id).tier is Tier.AGENCY_ADMINISTRATOR
    assert told("request-due-soon") == {world.administrator.id}
    assert told("request-missed") == set()
    go(on(23, 23, 59, 59))
    ticket = fresh(ticket.id)
    assert ticket.tier is Tier.HMIS_LEAD
    stay = stays_of(ticket)[-1]
    assert (stay.rule, stay.moved_by_id) == ("SON-HD-2", None)
    assert stay.reason == "What is not settled within 2 business days goes to the next tier by itself."
    assert world.agent.id in told("ticket-news")
    assert row(ticket, "escalation").state is State.FIRED
    go(on(24, 12))
    assert fresh(ticket.id).tier is Tier.HMIS_LEAD
    assert len(stays_of(ticket)) == 2
