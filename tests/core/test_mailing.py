from __future__ import annotations

import pytest
from sqlalchemy import Text, cast, func, literal, select

from core.db import db, unit_of_work
from core.errors import Invalid
from core.outbox import OutboxMessage, drain, enqueue_for_all
from core.people.models import Person
from core.signing import signature, signature_of
from tests.support.counting import queries
from tests.support.factories import make_lead, make_person

pytestmark = pytest.mark.usefixtures("app", "at_noon")


def everybody():
    personal = func.concat("to-", cast(Person.id, Text))
    return select(Person.id.label("person_id"), Person.email.label("address"), personal.label("personal"))


def write(lead, key="round", word="lantern", people=None) -> int:
    with unit_of_work():
        query = everybody() if people is None else people
        return enqueue_for_all(
            "test-round", query, key=key, context={"word": word}, subject=lead, lead_id=lead.id, reply_to="a@b.test"
        )


def test_everybody_gets_it_once_with_what_is_theirs(sink):
    lead, people = make_lead(), [make_person() for _ in range(3)]
    assert write(lead) == 3
    assert drain() == 3
    assert sorted(sink.recipients) == sorted(person.email for person in people)
    for mail, person in zip(
        sorted(sink.mails, key=lambda m: m["To"]), sorted(people, key=lambda p: p.email), strict=True
    ):
        assert mail["Subject"] == "A round about lantern"
        assert mail["Reply-To"] == "a@b.test"
        for part in mail.walk():
            if not part.is_multipart():
                assert f"/own/to-{person.id}" in part.get_content()
    assert len({mail["Message-ID"] for mail in sink.mails}) == 3


def test_again_reaches_only_who_has_not_got_it():
    lead = make_lead()
    make_person()
    assert write(lead) == 1
    make_person()
    assert write(lead) == 1
    assert write(lead) == 0
    assert write(lead, key="another round") == 2


def test_it_is_one_statement_however_many_there_are():
    lead = make_lead()
    for _ in range(30):
        make_person()
    with unit_of_work(), queries() as told:
        query = everybody()
        enqueue_for_all("test-round", query, key="k", context={"word": "w"}, subject=lead, lead_id=lead.id)
    assert len([line for line in told if "outbox_message" in line]) == 1


@pytest.mark.rule("MO-HD-5")
def test_personal_data_reaches_nobody():
    lead = make_lead()
    make_person()
    with pytest.raises(Invalid, match="looks like a client's"):
        write(lead, word="SSN 123-45-6789")
    assert db.session.scalar(select(OutboxMessage.id)) is None


@pytest.mark.parametrize("key", [b"short", b"k" * 64, b"longer than one block" * 10])
def test_the_database_signs_as_we_do(key: bytes):
    for text in ("", "12.34", "ü and \U0001f600"):
        assert db.session.scalar(select(signature_of(key, literal(text, Text)))) == signature(key, text)
