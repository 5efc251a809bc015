"""The first set-up of a service with nothing in it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from core import clock
from core.accounts import cli
from core.accounts.first import FirstSetUp, set_up
from core.audit import AuditEvent
from core.authz import Role, principal_for
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.outbox import OutboxMessage, drain
from core.people.models import CoC, Lead, Person
from core.people.services import person_by_email
from tests.accounts.visitor import Visitor, link_in, mails

ASKED = FirstSetUp(
    lead="Three Rivers HMIS Office",
    tz="America/Chicago",
    support_address="help@rivers.test",
    coc="mo-501",
    coc_name="Three  Rivers Continuum",
    pack="missouri",
    admin_name="Ada Boone",
    admin_email="ada@rivers.test",
)
NEW = "seven yellow boats at dawn"


@pytest.fixture
def run(app, at_noon, monkeypatch: pytest.MonkeyPatch):
    """The command, attached to the tests' application."""

    @contextmanager
    def attached():
        yield app

    monkeypatch.setattr(cli, "attached_app", attached)

    def invoke(*more: str, **changes: str):
        given = vars(replace(ASKED, **changes))
        options = [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
        return CliRunner().invoke(cli.setup, [*options, *more])

    return invoke


def rows() -> list[int]:
    db.session.expire_all()
    kinds = (Lead, CoC, Person, OutboxMessage, AuditEvent)
    return [db.session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def test_the_link_it_prints_leads_to_a_lead_administrator(run, visitor: Visitor):
    done = run("--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["lead"], told["admin"], told["mailed"]) == (ASKED.lead, ASKED.admin_email, False)
    admin = person_by_email("ADA@rivers.test")
    assert principal_for(admin, clock.now()).roles == {Role.LEAD_ADMIN}
    coc = db.session.scalars(select(CoC)).one()
    assert (coc.code, coc.name, coc.pack, coc.tz) == ("MO-501", "Three Rivers Continuum", "missouri", ASKED.tz)
    assert link_in(mails(admin, "account-invitation")[0]) == told["link"].removeprefix("http://hearthdesk.test")
    visitor.open(told["link"].removeprefix("http://hearthdesk.test"))
    assert visitor.submit("/set-password", password=NEW, again=NEW).status_code == 302
    assert visitor.password(admin, NEW).location.startswith("/sign-in/second-factor")


def test_it_is_in_the_leads_audit_trail(run):
    run()
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    lead = db.session.scalars(select(Lead)).one()
    assert {(event.actor, event.chain) for event in events} == {("system:command line", lead.id)}
    assert [event.action for event in events] == [
        "lead.added", "coc.added", "person.added", "staff.appointed", "account.created", "account.invited",
    ]  # fmt: skip


def test_in_words_it_says_whether_the_link_is_mailed(run, sink):
    done = run()
    assert "/set-password/" in done.output
    assert "on its way" in done.output
    assert drain() == 1
    assert sink.recipients == ["ada@rivers.test"]


def test_without_a_mail_server_it_says_so(run):
    assert "No SMTP_URL is set" in run().output


SECOND = {
    "lead": "Four Rivers Office",
    "support_address": "help@four.test",
    "coc": "MO-502",
    "admin_email": "ben@four.test",
}


@pytest.mark.parametrize("same", SECOND)
def test_a_second_run_changes_nothing_and_says_so_in_one_line(run, same: str):
    run()
    before = rows()
    given = {**SECOND, same: getattr(ASKED, same).upper()}
    done = run(**given)
    assert isinstance(done.exception, Conflict)
    assert "There is already" in str(done.exception)
    assert "\n" not in str(done.exception)
    assert rows() == before


def test_another_lead_may_follow(run):
    run()
    assert run(**SECOND).exit_code == 0
    assert rows()[:3] == [2, 2, 2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pack", "atlantis"),
        ("tz", "America/Saint_Louis"),
        ("tz", "../etc/passwd"),
        ("support_address", "help"),
        ("admin_email", "ada@rivers.test, eve@elsewhere.test"),
        ("admin_email", "ada@rivers"),
        ("coc", "Missouri"),
        ("lead", "  "),
        ("admin_name", "x" * 251),
        ("coc_name", "a\0b"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_made(app, at_noon, field: str, value: str):
    with pytest.raises(Invalid) as refused, unit_of_work():
        set_up(replace(ASKED, **{field: value}), clock.now())
    assert refused.value.field == field
    assert rows() == [0, 0, 0, 0, 0]


def test_an_address_that_mail_cannot_reach_is_refused_and_one_in_another_script_is_kept_in_ascii(run):
    done = run(admin_email="zoë@rivers.test")
    assert isinstance(done.exception, Invalid)
    assert "with plain letters, digits and signs only" in str(done.exception)
    assert run(admin_email="ada@flüsse.example").exit_code == 0
    assert person_by_email("ada@flüsse.example").email == "ada@xn--flsse-lva.example"
