from __future__ import annotations

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

import demo
import demo.large as large
from core import clock
from core.audit import acting_as, verify
from core.db import db, unit_of_work
from core.errors import Conflict
from core.people.models import Agency, Person
from demo.bulk.structure import FOREIGN_KEYS, INDEXES, UNIQUE
from demo.large import TABLES, load_large
from demo.national import NATIONAL
from helpdesk.tickets import services as tickets
from helpdesk.tickets.rules import Channel
from tests.demo.conftest import NOW, counts, emptied, empty, fingerprints
from tests.support.signing_in import sign_in

MODEL = NATIONAL.scaled(0.001)


def structure() -> list[tuple[str, ...]]:
    """Every index and key there is."""
    told = {"tables": list(TABLES)}
    return [tuple(row) for query in (FOREIGN_KEYS, UNIQUE, INDEXES) for row in db.session.execute(text(query), told)]


@pytest.fixture(scope="module")
def loaded(the_app: APIFlask) -> Iterator[APIFlask]:
    """A thousandth of the national model, loaded once."""
    with emptied(the_app):
        with the_app.app_context():
            before = structure()
            db.session.rollback()
            lines: list[str] = []
            load_large(MODEL, 1, NOW, lines.append)
            assert structure() == before, "every index and key is as it was"
            assert any("rows" in line for line in lines)
        yield the_app


@pytest.fixture
def national(loaded: APIFlask) -> Iterator[APIFlask]:
    with clock.frozen(NOW), loaded.app_context():
        yield loaded
        db.session.rollback()


@pytest.fixture
def served(loaded: APIFlask) -> Iterator[APIFlask]:
    with clock.frozen(NOW):
        yield loaded


def test_there_is_as_much_as_the_model_says(national):
    assert counts("select 'n', count(*) from ticket")["n"] == MODEL.tickets == 3_000
    assert counts("select 'n', count(*) from audit_event")["n"] == MODEL.audit_events == 20_000
    assert counts("select 'n', count(*) from agency")["n"] == MODEL.agencies
    assert counts("select 'n', count(*) from license")["n"] > MODEL.users
    assert counts("select 'n', count(*) from ticket_message")["n"] > 2 * MODEL.tickets
    assert counts("select 'n', count(*) from tier_stay")["n"] > MODEL.tickets


def test_its_national_size():
    """The load model of the quality targets: a million tickets a year, three million in the table."""
    assert NATIONAL.tickets == 3 * 1_000_000
    assert (NATIONAL.cocs, NATIONAL.agencies, NATIONAL.users) == (400, 12_000, 100_000)
    assert NATIONAL.audit_events == 20_000_000


def test_the_audit_trail_holds(national):
    assert list(verify()) == []


@pytest.mark.parametrize(
    "path", ["/", "/tickets", "/access", "/access/licenses", "/departures", "/deadlines", "/audit"]
)
def test_pages_work(served, path):
    who = text("select person_id from lead_staff where role = 'admin' order by lead_id limit 1")
    with served.test_client() as client:
        with served.app_context():
            sign_in(client, db.session.get_one(Person, db.session.scalar(who)))
        assert client.get(path).status_code == 200


def test_a_ticket_page_works(served):
    with served.app_context():
        number, lead = db.session.execute(text("select id, lead_id from ticket order by id desc limit 1")).one()
        who = db.session.scalar(
            text("select person_id from lead_staff where role = 'agent' and lead_id = :lead limit 1"), {"lead": lead}
        )
    with served.test_client() as client:
        with served.app_context():
            sign_in(client, db.session.get_one(Person, who))
        assert client.get(f"/tickets/{number}").status_code == 200


def test_work_goes_on_from_there(national):
    """New rows get ids after those that were copied in, and the chain goes on."""
    agency = db.session.scalars(select(Agency).order_by(Agency.id)).first()
    asks = db.session.scalars(select(Person).where(Person.email.like(f"%@agency{agency.id}.example"))).first()
    with acting_as(asks.name, asks.id), unit_of_work():
        tickets.open_ticket(
            asks,
            asks.email,
            asks.name,
            "Cannot save",
            "The page does not save.",
            lead=agency.coc.lead,
            agency=agency,
            channel=Channel.WEB,
            at=NOW,
        )
    assert list(verify()) == []


def test_signing_in_is_the_same_as_in_the_small_one(national):
    assert [row["role"] for row in demo.sign_ins()] == list(demo.signins.NAMES.values())


def test_it_does_not_go_into_a_database_with_data(national):
    with pytest.raises(Conflict):
        load_large(MODEL, 1, NOW, str)


def test_processes_write_the_same_as_one(nothing, monkeypatch):
    """The same seed gives the same rows, whoever writes them."""
    load_large(MODEL, 5, NOW, str)
    first = fingerprints()
    empty()
    monkeypatch.setattr(large, "WORTH_PROCESSES", 0)
    load_large(MODEL, 5, NOW, str)
    assert fingerprints() == first


def test_a_load_that_fails_leaves_nothing_behind(nothing, monkeypatch):
    before = structure()
    db.session.rollback()
    monkeypatch.setattr(large, "catch_up_identities", _fail)
    with pytest.raises(RuntimeError):
        load_large(MODEL, 1, NOW, str)
    assert structure() == before
    assert db.session.scalar(text("select count(*) from ticket")) == 0


def _fail(tables: object) -> None:
    raise RuntimeError("the power went out")
