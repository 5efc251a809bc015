"""Several addresses of one help desk: kept by its administrators, each its own way in, and answered from."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEvent
from core.db import db
from core.outbox import drain
from helpdesk.mail.models import SupportAddress
from helpdesk.tickets.rules import Category, Priority
from tests.mail.acting import asked, kept, sent_to, write
from tests.support.factories import _save, make_coc, make_lead, make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import do, fresh, messages_of, read

STRANGER = "someone@elsewhere.test"
TRAINING = "training@hearthdesk.test"
FORM = {"address": TRAINING, "name": "Training desk", "category": "training", "coc": "0", "is_active": "y"}


@pytest.fixture
def world(app, at_noon):
    return make_world("sonoma")


def add(client, world, **values):
    sign_in(client, world.admin)
    return client.post("/mail/addresses/new", data={**FORM, **values})


def rows() -> list[SupportAddress]:
    return list(db.session.scalars(select(SupportAddress).order_by(SupportAddress.id)))


def test_an_administrator_adds_one_and_changes_it_and_both_are_in_the_audit(world, client):
    assert add(client, world).status_code == 302
    (row,) = rows()
    page = read(client, world.admin, "/mail/addresses")
    assert TRAINING in page
    assert world.lead.support_address in page
    sign_in(client, world.admin)
    changed = client.post(f"/mail/addresses/{row.id}", data={**FORM, "category": "security", "coc": world.coc.id})
    assert changed.status_code == 302
    (row,) = rows()
    assert (row.category, row.coc_id, row.is_active) == (Category.SECURITY, world.coc.id, True)
    told = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("mail.address%")))
    assert list(told) == ["mail.address-added", "mail.address-changed"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "no address"),
        ("address", "a@b.test\r\nBcc: c@d.test"),
        ("address", "support@vendor.test"),
        ("name", " "),
        ("coc", "999999"),
        ("category", "no such thing"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(world, client, field, value):
    answer = add(client, world, **{field: value})
    assert answer.status_code == 422
    assert ("Training desk" if field != "name" else TRAINING) in answer.text
    assert rows() == []


@pytest.mark.parametrize(("letters", "status"), [(65, 302), (66, 422)])
def test_a_name_that_no_mail_holds_is_refused_before_any_mail_fails(world, client, sink, letters, status):
    """In a mail each of these letters is four signs or more."""
    answer = add(client, world, name="\u65e5" * letters)
    assert answer.status_code == status
    asked(world, world.end_user, to=TRAINING if rows() else world.lead.support_address)
    drain()
    (mail,) = [mail for mail in sink.mails if mail["To"] == world.end_user.email]
    assert ("\u65e5" * letters in mail["From"]) is (status == 302)


def test_the_same_form_twice_is_one_and_another_with_its_address_is_refused(world, client):
    for _ in range(2):
        assert add(client, world).status_code == 302
    assert add(client, world, address=TRAINING.upper(), name="Another desk").status_code == 422
    second = make_lead()
    assert "in use already" in add(client, world, address=second.support_address).text
    assert len(rows()) == 1
    add(client, world, address="other@hearthdesk.test")
    assert client.post(f"/mail/addresses/{rows()[1].id}", data=FORM).status_code == 422
    assert rows()[1].address == "other@hearthdesk.test"


def test_mail_there_has_its_category_and_is_answered_from_there(world, client, sink):
    add(client, world)
    ticket = asked(world, STRANGER, to=TRAINING.upper())
    assert (ticket.category, ticket.lead_id, ticket.coc_id) == (Category.TRAINING, world.lead.id, None)
    do(client, world.agent, ticket, "answer")
    drain()
    received, answered = (mail for mail in sink.mails if mail["To"] == STRANGER)
    for mail in (received, answered):
        assert str(mail["From"]) == f"Training desk <{TRAINING}>"
        assert mail["Reply-To"].startswith("training+t-")
    token = sent_to(STRANGER)[-1].reply_to
    assert write(world, STRANGER, "Thank you.", to=token).ticket == ticket.id
    main = asked(world, "other@elsewhere.test")
    drain()
    assert next(mail for mail in sink.mails if mail["To"] == main.requester_address)["From"] == "help@hearthdesk.test"


@pytest.mark.rule("SAC-HD-4")
def test_mail_to_an_address_for_security_is_urgent_and_with_the_lead(world, client):
    add(client, world, category="security")
    ticket = asked(world, world.end_user, to=TRAINING)
    assert (ticket.category, ticket.priority, ticket.tier) == (Category.SECURITY, Priority.URGENT, "hmis-lead")


def test_a_stranger_who_writes_there_is_of_that_coc_and_a_known_person_of_their_own(world, client):
    other = make_coc(world.lead, "sonoma")
    add(client, world, coc=str(other.id))
    assert asked(world, STRANGER, to=TRAINING).coc_id == other.id
    assert asked(world, world.end_user, to=TRAINING).coc_id == world.coc.id


def test_what_is_not_in_use_any_more_brings_nothing_new_and_is_answered_from_the_main_address(world, client, sink):
    second = make_lead()
    add(client, world)
    ticket = asked(world, STRANGER, to=TRAINING)
    token = sent_to(STRANGER)[-1].reply_to
    client.post(f"/mail/addresses/{rows()[0].id}", data={k: v for k, v in FORM.items() if k != "is_active"})
    assert write(world, STRANGER, "More", to=token).ticket == ticket.id, "what was given out still ties"
    do(client, world.agent, fresh(ticket.id), "answer")
    last = sent_to(STRANGER)[-1]
    assert (last.sender, last.reply_to.partition("+")[0]) == ("", world.lead.support_address.partition("@")[0])
    asked(world, "other@elsewhere.test", to=TRAINING)
    assert kept()[-1].lead_id is None
    assert second.id != world.lead.id


def test_among_several_leads_each_gets_what_is_written_to_its_own(world, client):
    second = make_lead()
    _save(SupportAddress(lead_id=second.id, address="far@hmis.test", name="Far", kept_at=clock.now(), kept_by_id=1))
    assert asked(world, STRANGER, to="far@hmis.test").lead_id == second.id
    known = asked(world, world.end_user, to="far@hmis.test")
    assert (known.lead_id, known.support_address_id) == (world.lead.id, None)
    assert "far@hmis.test" not in read(client, world.admin, "/mail/addresses")
    assert len(messages_of(known)) == 1
