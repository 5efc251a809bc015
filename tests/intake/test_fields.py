"""A Lead's own questions: kept by its administrators, asked by every form and by the API, retired and never deleted."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from helpdesk.intake.keeping import MOST
from helpdesk.intake.models import CustomField
from tests.intake.acting import send, step
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import ask, fresh, nonce, read, words

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma", tz="America/Los_Angeles")


def keep(client, person, path="new", **values):
    sign_in(client, person)
    form = {"nonce": nonce(), "category": "problem", "label": "Which printer", "kind": "text", "is_required": "no"}
    return client.post(f"/request-fields/{path}", data={**form, **values})


def rows() -> list[CustomField]:
    db.session.expire_all()
    return list(db.session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)))


def test_a_question_of_ones_own_is_asked_read_and_shown(client, world):
    assert keep(client, world.admin, is_required="yes", hint="Its name is on the lid.").status_code == 302
    form = read(client, world.end_user, "/tickets/new?category=problem")
    assert "Which printer" in form
    assert "Its name is on the lid." in form
    assert "Which printer" not in read(client, world.end_user, "/tickets/new?category=training")
    caller = {"channel": "phone", "address": world.end_user.email, "name": "Erin"}
    for person, more in ((world.end_user, {}), (world.agent, caller)):
        refused = send(client, person, "problem", **more)
        assert refused.status_code == 422
        assert "Which printer: Answer this." in words(refused.get_data(as_text=True))
        ticket = ask(client, person, q_which_printer="The blue one", **more)
        assert "Which printer The blue one" in words(read(client, world.agent, f"/tickets/{ticket.id}"))


def test_a_choice_is_one_of_its_choices(client, world):
    assert keep(client, world.admin, kind="choice", choices="East\nWest\n\nEast").status_code == 302
    assert rows()[0].choices == ["East", "West"]
    assert send(client, world.end_user, "problem", q_which_printer="North").status_code == 422
    assert ask(client, world.end_user, q_which_printer="West").answers[0]["value"] == "West"


def test_retired_it_is_asked_no_more_and_what_was_answered_stays(client, world):
    keep(client, world.admin, is_required="yes")
    ticket = ask(client, world.end_user, q_which_printer="The blue one")
    (row,) = rows()
    assert keep(client, world.admin, f"{row.id}/retire").status_code == 302
    assert keep(client, world.admin, f"{row.id}/retire").status_code == 409
    assert "Which printer" not in read(client, world.end_user, "/tickets/new?category=problem")
    assert "The blue one" in read(client, world.agent, f"/tickets/{ticket.id}")
    changed = {"category": "problem", "q_place": "Intake", "q_which_printer": "The blue one"}
    assert step(client, world.agent, ticket, "answers", **changed).status_code == 302
    assert {answer["key"] for answer in fresh(ticket.id).answers} == {"place", "which_printer"}
    assert keep(client, world.admin, f"{row.id}/bring-back").status_code == 302
    assert "Which printer" in read(client, world.end_user, "/tickets/new?category=problem")


def test_the_order_is_theirs_to_choose(client, world):
    for label in ("First", "Second", "Third"):
        keep(client, world.admin, label=label)
    third = rows()[2]
    keep(client, world.admin, f"{third.id}/up")
    keep(client, world.admin, f"{third.id}/up")
    keep(client, world.admin, f"{third.id}/up")
    assert [row.label for row in rows()] == ["Third", "First", "Second"]
    page = read(client, world.end_user, "/tickets/new?category=problem")
    assert page.index("Third") < page.index("First") < page.index("Second")


def test_other_words_keep_the_name_for_programs(client, world):
    keep(client, world.admin)
    (row,) = rows()
    assert keep(client, world.admin, str(row.id), label="Which machine", kind="date").status_code == 302
    (row,) = rows()
    assert (row.label, row.key, row.kind) == ("Which machine", "which_printer", "text")
    assert "Which machine" in read(client, world.admin, "/request-fields")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"label": ""}, 422),
        ({"label": "x" * 200}, 302),
        ({"label": "x" * 201}, 422),
        ({"kind": "case-number"}, 422),
        ({"kind": "choice", "choices": "One"}, 422),
        ({"kind": "choice", "choices": "One\nTwo"}, 302),
        ({"kind": "text", "choices": "One\nTwo"}, 422),
        ({"kind": "choice", "choices": "One\n" + "x" * 101}, 422),
        ({"category": "gone"}, 422),
        ({"label": "Where in the HMIS"}, 422),
    ],
)
def test_what_can_be_asked(client, world, values, status):
    assert keep(client, world.admin, **values).status_code == status


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("label", ["SSN", "Date of birth", "Client name", "Client's date of birth"])
def test_a_question_for_a_clients_data_is_refused(client, world, label):
    answer = keep(client, world.admin, label=label)
    assert answer.status_code == 422
    assert "Ask for the client ID." in answer.get_data(as_text=True)
    assert rows() == []


def test_the_same_question_twice_is_one_and_another_of_the_same_words_is_refused(client, world):
    assert keep(client, world.admin).status_code == 302
    assert keep(client, world.admin).status_code == 302
    assert len(rows()) == 1
    assert keep(client, world.admin, label="WHICH PRINTER", kind="date").status_code == 422


def test_there_are_not_more_than_a_form_can_bear(client, world):
    for number in range(MOST):
        assert keep(client, world.admin, label=f"Question {number}").status_code == 302
    assert keep(client, world.admin, label="One more").status_code == 422


def test_another_lead_asks_its_own(client, world):
    elsewhere = make_world("sonoma")
    keep(client, world.admin)
    assert "Which printer" not in read(client, elsewhere.end_user, "/tickets/new?category=problem")
    assert "Which printer" not in read(client, elsewhere.admin, "/request-fields")
    assert read(client, elsewhere.admin, f"/request-fields?lead={world.lead.id}", 404)
