"""What was done elsewhere is recorded with a reason; what was given by mistake is revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import func, select

from core.audit import AuditEvent
from core.db import db
from tests.support.factories import World, make_world, member
from tests.support.signing_in import sign_in
from tests.training.courses.acting import (
    begin,
    completions,
    course,
    made,
    offered,
    once,
    page,
    publish,
    said,
    seen,
    write,
)
from training.courses.models import CompletionCredit
from training.courses.vocabulary import How

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("sacramento", "America/Los_Angeles")


def record(client, by, row, who, **values):
    form = {
        "once": once(),
        "person": str(who.id),
        "done_on": "2026-11-02",
        "reason": "The vendor's certificate.",
        **values,
    }
    return sign_in(client, by).post(f"/training/courses/{row.id}/record", data=form)


@pytest.mark.rule("SAC-TR-1")
def test_what_was_done_elsewhere_is_recorded_with_reason_and_certificate(client, world):
    row = offered(client, world, credits=["orientation"])
    file = (BytesIO(b"%PDF-1.4 certificate"), "certificate.pdf")
    answer = record(client, world.trainer, row, world.end_user, certificate=file)
    assert answer.status_code == 302, said(answer)
    (done,) = completions(world.end_user, row)
    assert (done.how, done.at, done.by_id) == (How.RECORDED, datetime(2026, 11, 2, 20, tzinfo=UTC), world.trainer.id)
    assert (done.reason, done.agency_id) == ("The vendor's certificate.", world.agency.id)
    shown = seen(client, world.agent, answer.location)
    for words in (
        "The vendor's certificate.".replace("'", "&#39;"),
        world.trainer.name,
        "certificate.pdf",
        "orientation",
    ):
        assert words in shown, words
    with client.get(f"{answer.location}/file") as sent:
        assert (sent.data, "sandbox" in sent.headers["Content-Security-Policy"]) == (b"%PDF-1.4 certificate", True)


def test_the_same_form_twice_is_one(client, world):
    row, key = offered(client, world), once()
    answers = [record(client, world.trainer, row, world.end_user, once=key) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert len(completions(world.end_user, row)) == 1
    assert record(client, world.trainer, row, world.director, once=key).status_code == 409


CANNOT_BE = (
    ({"done_on": "2026-11-21"}, "still to come"),
    ({"done_on": "1999-12-31"}, "too long ago"),
    ({"done_on": "x"}, "not a date"),
    ({"reason": ""}, "few words"),
    ({"reason": "SSN 123-45-6789"}, "client"),
    ({"person": "x"}, "Choose somebody"),
    ({"person": "999999999999999999"}, "Choose somebody"),
)


def test_what_cannot_be_is_said(client, world):
    row = offered(client, world)
    for values, told in CANNOT_BE:
        answer = record(client, world.trainer, row, world.end_user, **values)
        assert (answer.status_code, told in said(answer)) == (422, True), (values, said(answer))
    assert completions(world.end_user, row) == []


def test_today_is_not_too_early_and_counts_from_now(client, world):
    row = offered(client, world)
    assert record(client, world.trainer, row, world.end_user, done_on="2026-11-20").status_code == 302
    assert completions(world.end_user, row)[0].at == datetime(2026, 11, 20, 18, tzinfo=UTC)


def test_a_certificate_with_a_clients_data_is_not_kept(client, world):
    row = offered(client, world)
    file = (BytesIO(b"Client SSN 123-45-6789"), "certificate.txt")
    answer = record(client, world.trainer, row, world.end_user, certificate=file)
    assert (answer.status_code, "MO-HD-5" in said(answer)) == (422, True)


def test_only_ones_own_people_are_found_and_recorded(client, world):
    row, far = offered(client, world), make_world("sonoma")
    stranger = member(far.agency, name="Zora Quill")
    found = page(client, world.trainer, f"/training/courses/{row.id}/record?q=erin")
    assert ("Erin Doyle" in found, "Olga Finch" in found) == (True, False)
    assert "Nobody of that name" in page(client, world.trainer, f"/training/courses/{row.id}/record?q=zora")
    assert record(client, world.trainer, row, stranger).status_code == 422
    assert record(client, world.agent, row, world.end_user).status_code == 403
    assert record(client, world.administrator, row, world.end_user).status_code == 403
    assert record(client, world.trainer, row, world.agent).status_code == 302, "the office's own people too"


def test_a_draft_cannot_have_been_completed(client, world):
    assert record(client, world.trainer, made(client, world), world.end_user).status_code == 409


def test_one_given_by_mistake_is_revoked_with_a_reason_and_stays_on_record(client, world):
    row = offered(client, world)
    begin(client, world.end_user, row)
    client.post(f"/training/learn/{row.id}/read")
    (done,) = completions(world.end_user, row)
    where = f"/training/completions/{done.id}"
    assert sign_in(client, world.agent).post(f"{where}/revoke", data={"reason": "No."}).status_code == 403
    sign_in(client, world.trainer)
    assert client.post(f"{where}/revoke", data={"reason": ""}).status_code == 422
    assert client.post(f"{where}/revoke", data={"reason": "Of SSN 123-45-6789."}).status_code == 422
    assert client.post(f"{where}/revoke", data={"reason": "It was the wrong course."}).status_code == 302
    assert client.post(f"{where}/revoke", data={"reason": "Again."}).status_code == 409
    (kept,) = completions(world.end_user, row)
    assert (kept.revoked_reason, kept.revoked_by_id) == ("It was the wrong course.", world.trainer.id)
    assert db.session.scalar(select(func.count()).select_from(CompletionCredit)) == 0
    for person, path in ((world.agent, where), (world.end_user, f"/training/learn/{row.id}")):
        assert "It was the wrong course." in seen(client, person, path)
    assert "You have completed this course" not in seen(client, world.end_user, f"/training/learn/{row.id}")
    told = select(AuditEvent.action).where(AuditEvent.subject_type == "completion").order_by(AuditEvent.id)
    assert list(db.session.scalars(told)) == ["training.completed", "training.revoked"]


def test_who_took_it_is_listed_in_reach_only(client, world):
    row = offered(client, world)
    begin(client, world.end_user, row)
    client.post(f"/training/learn/{row.id}/read")
    assert "Erin Doyle" in seen(client, world.agent, f"/training/courses/{row.id}/people")
    assert "Erin Doyle" in seen(client, world.manager, f"/training/courses/{row.id}/people")
    (done,) = completions(world.end_user, row)
    for person in (world.end_user, world.administrator):
        assert sign_in(client, person).get(f"/training/courses/{row.id}/people").status_code == 403
        assert client.get(f"/training/completions/{done.id}").status_code == 403
    page(client, make_world("sonoma").admin, f"/training/completions/{done.id}", status=404)


def test_a_live_course_is_not_begun_alone(client, world):
    row = made(client, world, kind="live")
    write(client, world.trainer, row)
    publish(client, world.trainer, row)
    assert sign_in(client, world.end_user).post(f"/training/learn/{row.id}/begin").status_code == 409
    assert "your trainer tells you when and where" in seen(client, world.end_user, f"/training/learn/{row.id}")
    assert course(row.id).kind == "live"
