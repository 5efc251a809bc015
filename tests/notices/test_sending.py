from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.deadlines import Deadline, fire_due
from core.outbox import OutboxMessage, SendState, drain
from core.people.models import DesignationKind, StaffRole
from helpdesk.notices import services
from helpdesk.notices.models import Notice, NoticeRecipient
from helpdesk.notices.rules import State
from tests.conftest import NOON
from tests.licensing.acting import leaving, tell, words
from tests.notices.acting import deed, drafted, notice, numbers, once, people_told, post_new, recipients, sent, written
from tests.support.factories import make_agency, make_coc, make_lead, make_project, make_staff, make_world, member
from tests.support.signing_in import sign_in

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world():
    return make_world("sacramento")


def everybody(world) -> list[int]:
    staff = {world.agent.id, world.trainer.id, world.manager.id, world.admin.id}
    people = [*world.by_role().values(), world.other_end_user, world.other_representative]
    return sorted({person.id for person in people} - staff)


def test_everybody_affected_gets_it_with_the_words(client, world, sink):
    row = sent(client, world.agent)
    assert recipients(row) == everybody(world) == people_told(row)
    assert row.recipients == len(everybody(world))
    drain()
    assert len(sink.mails) == row.recipients
    mail = next(mail for mail in sink.mails if mail["To"] == world.end_user.email)
    assert mail["Subject"] == "Outage: The HMIS cannot be reached"
    assert "<strong>sign in</strong>" in mail.get_body(("html",)).get_content()
    assert "Discovered Fri, Nov 20, 2026, 12:00 PM (CST); told" in mail.get_body(("plain",)).get_content()


def test_the_page_says_how_many_and_who_before_it_is_sent(client, world):
    row = drafted(client, world.agent)
    page = words(client.get(f"/notices/{row.id}"))
    assert f"it goes to {len(everybody(world))} people" in page
    assert world.director.name in page
    listed = words(client.get(f"/notices/{row.id}/audience"))
    assert all(name in listed for name in (world.end_user.name, world.other_end_user.name))
    assert world.agent.email not in listed.replace(world.agent.name, "")


def test_the_button_twice_and_another_sending(client, world):
    """Twice the same form is one sending; a second sending is refused with when, and to how many."""
    row = drafted(client, world.agent)
    form = {"send-once": once()}
    first, again = (client.post(f"/notices/{row.id}/send", data=form) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    count = len(people_told(row))
    other = deed(client, world.agent, row, "send")
    assert other.status_code == 409
    assert f"It was sent on Fri, Nov 20, 2026, 12:00 PM (CST) to {count} people; nobody gets it twice." in words(other)
    assert len(people_told(row)) == count == len(everybody(world))


def test_a_forms_key_with_something_else_in_it_is_refused(client, world):
    """Nothing is sent under a key that was used, and what was typed comes back."""
    row, other = sent(client, world.agent), sent(client, world.agent)
    used = written(title="First")
    assert sign_in(client, world.agent).post("/notices/new?kind=outage", data=used).status_code == 302
    again = client.post("/notices/new?kind=outage", data={**used, "title": "Second"})
    assert (again.status_code, "Second" in again.get_data(as_text=True)) == (409, True)
    form = {"update-once": once(), "update-text": "Half is back."}
    assert client.post(f"/notices/{row.id}/update", data=form).status_code == 302
    for path, changed in ((f"/notices/{row.id}", "All is back."), (f"/notices/{other.id}", form["update-text"])):
        answer = client.post(f"{path}/update", data={**form, "update-text": changed})
        assert answer.status_code == 409
        assert "sent before, for something else" in words(answer)
        assert changed in answer.get_data(as_text=True)
    assert people_told(other, "notice-update") == []


def test_what_is_scheduled_is_changed_after_it_is_off_the_schedule(client, world):
    row = drafted(client, world.agent, "newsletter")
    deed(client, world.agent, row, "schedule", at="2026-11-20T14:00")
    answer = client.post(f"/notices/{row.id}/edit", data=written("newsletter", title="Other"))
    assert (answer.status_code, notice(row.id).title) == (409, "The HMIS cannot be reached")
    assert "Take it off the schedule first." in words(answer)


def test_a_sending_that_dies_halfway_leaves_nothing_and_can_be_done_again(client, world, monkeypatch):
    row = drafted(client, world.agent)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(services, "_note_telling", dies)
        with pytest.raises(KeyboardInterrupt), unit_of_work():
            services.send(db.session.get_one(Notice, row.id), None, once(), clock.now())
    assert (notice(row.id).state, recipients(row), people_told(row)) == (State.DRAFT, [], [])
    assert deed(client, world.agent, row, "send").status_code == 302
    assert people_told(row) == everybody(world)


def test_an_audience_of_nobody(client, world):
    """Seen before it is sent, and refused when it is sent all the same."""
    world_of_none = make_lead()
    agent = make_staff(world_of_none, StaffRole.AGENT)
    row = drafted(client, agent)
    assert "Nobody matches this audience" in words(client.get(f"/notices/{row.id}"))
    answer = deed(client, agent, row, "send")
    assert answer.status_code == 422
    assert "Nobody matches this audience, so nothing was sent." in words(answer)
    assert notice(row.id).state is State.DRAFT


@pytest.mark.parametrize("groups", [[], ["strangers"]])
def test_an_audience_without_groups_or_with_unknown_ones(client, world, groups):
    answer = post_new(client, world.agent, groups=groups)
    assert answer.status_code == 422
    assert "The HMIS cannot be reached" in answer.get_data(as_text=True), "what was typed stays"


def test_roles_and_places_choose(client, world):
    director_there = member(world.other_agency, DesignationKind.EXECUTIVE_DIRECTOR)
    cases = [
        ({"groups": ["directors"]}, [world.director, director_there]),
        (
            {"groups": ["directors", "security-officers"], "agency_ids": [world.agency.id]},
            [world.director, world.security_officer],
        ),
        ({"groups": ["lead"]}, [world.agent, world.trainer, world.manager, world.admin]),
        ({"agency_ids": [world.other_agency.id]}, [world.other_end_user, world.other_representative, director_there]),
        ({"groups": ["administrators"], "project_types": [1]}, [world.administrator]),
    ]
    for values, people in cases:
        row = sent(client, world.agent, "newsletter", **values)
        assert recipients(row) == numbers(*people), values


def test_who_is_chosen_by_a_coc_or_an_access_level(client):
    world = make_world("vermont")
    next_coc = make_coc(world.lead, "vermont")
    far = make_agency(next_coc, "Far House")
    there = member(far)
    row = sent(client, world.agent, coc_ids=[next_coc.id])
    assert recipients(row) == [there.id]
    assert row.coc_id == next_coc.id


def test_a_person_of_two_agencies_gets_one(client, world):
    from tests.support.factories import join

    join(world.end_user, world.other_agency)
    row = sent(client, world.agent)
    assert recipients(row) == everybody(world) == people_told(row)


def test_recipients_are_fixed_and_who_has_left_is_not_written_to(client, world, travel, sink):
    row = sent(client, world.agent)
    drain()
    tell(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "12:30"))
    newcomer = member(world.agency)
    travel(NOON + timedelta(hours=1))
    assert deed(client, world.agent, row, "update", text="Still **away**.").status_code == 302
    told = people_told(row, "notice-update")
    assert told == sorted(set(everybody(world)) - {world.end_user.id})
    assert newcomer.id not in told
    assert world.end_user.id in recipients(row), "it went to them when it was sent"


def test_who_leaves_between_the_sending_and_the_last_moment_gets_nothing(client, world, travel, sink):
    row = sent(client, world.agent)
    tell(client, world.representative, world.agency, leaving(world.end_user, "2026-11-20", "12:01"))
    travel(NOON + timedelta(minutes=2))
    drain()
    assert world.end_user.email not in [m["To"] for m in sink.mails if "Outage" in m["Subject"]]
    dropped = select(OutboxMessage.person_id).where(
        OutboxMessage.state == SendState.DROPPED, OutboxMessage.message == "notice-sent"
    )
    assert list(db.session.scalars(dropped)) == [world.end_user.id]
    assert row.recipients == len(everybody(world))


def test_updates_go_to_the_same_people_until_it_is_resolved(client, world):
    row = sent(client, world.agent)
    form = {"update-once": once(), "update-text": "Half of it is back."}
    assert [client.post(f"/notices/{row.id}/update", data=form).status_code for _ in range(2)] == [302, 302]
    assert people_told(row, "notice-update") == everybody(world), "the same form twice is one update"
    assert deed(client, world.agent, row, "resolve", text="All is back.").status_code == 302
    assert len(people_told(row, "notice-update")) == 2 * len(everybody(world))
    assert notice(row.id).state is State.RESOLVED
    late = deed(client, world.agent, row, "update", text="One more thing.")
    assert late.status_code == 409
    assert "This notice is resolved" in words(late)
    assert "One more thing." in late.get_data(as_text=True)


def test_after_sending_there_are_updates_only(client, world):
    row = sent(client, world.agent)
    assert client.get(f"/notices/{row.id}/edit").location.endswith(f"/notices/{row.id}")
    answer = client.post(f"/notices/{row.id}/edit", data=written(title="Something else"))
    assert answer.status_code == 409
    assert "Add an update; the same people get it." in words(answer)
    assert notice(row.id).title == "The HMIS cannot be reached"
    assert client.post(f"/notices/{row.id}/discard").status_code == 409


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "Client Jane Doe was merged", "Line 1 has what looks like a client's name"),
        ("text", "Hello.\n\nSSN 219-09-9999 shows twice.", "Line 3 has what looks like a client's SSN"),
        ("text", "Client **Jane** **Doe** was merged", "The text has what looks like a client's name"),
    ],
)
def test_personal_data_is_refused_with_its_line(client, world, field, value, said):
    answer = post_new(client, world.agent, **{field: value})
    assert answer.status_code == 422
    assert said in words(answer)
    row = sent(client, world.agent)
    assert deed(client, world.agent, row, "update", text="SSN 219-09-9999").status_code == 422


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ends": "2026-11-21T20:00"}, "It would end Sat, Nov 21, 2026, 8:00 PM (CST), before it starts"),
        ({"ends": "2026-11-21T19:59"}, "before it starts Sat, Nov 21, 2026, 8:00 PM (CST)"),
        ({"ends": ""}, "Say when it ends."),
        ({"begins": "tomorrow"}, "This is not a day and time."),
        ({"asks_reading": "y", "remind_days": "0"}, "Remind after 1 to 60 days."),
        ({"asks_reading": "y", "remind_days": "61"}, "Remind after 1 to 60 days."),
        ({"text": "   "}, "Write what people need to know."),
    ],
)
def test_bad_input_is_answered_in_a_sentence(client, world, values, said):
    answer = post_new(client, world.agent, "maintenance", **values)
    assert answer.status_code == 422
    assert said in words(answer)
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0


# --- scheduled


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-11-20T12:00", "Fri, Nov 20, 2026, 12:00 PM (CST) is past."),
        ("2026-11-20T11:59", "Fri, Nov 20, 2026, 11:59 AM (CST) is past."),
        ("2028-11-20T12:00", "is more than a year ahead."),
    ],
)
def test_a_time_that_cannot_be(client, world, typed, said):
    row = drafted(client, world.agent, "newsletter")
    answer = deed(client, world.agent, row, "schedule", at=typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert notice(row.id).state is State.DRAFT


@pytest.mark.parametrize(
    ("typed", "instant", "said"),
    [
        (
            "2027-03-14T02:30",
            datetime(2027, 3, 14, 8, 30, tzinfo=UTC),
            "2:30 AM does not exist on Sun, Mar 14, 2027: the clocks go forward over it. "
            "Taken as Sun, Mar 14, 2027, 3:30 AM (CDT).",
        ),
        (
            "2027-11-07T01:30",
            datetime(2027, 11, 7, 6, 30, tzinfo=UTC),
            "1:30 AM comes twice on Sun, Nov 7, 2027, when the clocks go back. "
            "Taken as the first, Sun, Nov 7, 2027, 1:30 AM (CDT).",
        ),
        ("2026-11-20T12:01", NOON + timedelta(minutes=1), "It will be sent on Fri, Nov 20, 2026, 12:01 PM (CST)."),
    ],
)
def test_a_time_in_doubt_is_said_as_it_was_taken(client, world, typed, instant, said):
    row = drafted(client, world.agent, "newsletter")
    assert deed(client, world.agent, row, "schedule", at=typed).status_code == 302
    assert said in words(client.get(f"/notices/{row.id}"))
    assert notice(row.id).send_at == instant


def test_it_is_sent_by_itself_once_to_who_is_there_then(client, world, travel):
    row = drafted(client, world.agent, "newsletter")
    deed(client, world.agent, row, "schedule", at="2026-11-20T14:00")
    newcomer = member(world.agency)
    for moment, state in (
        (timedelta(hours=2, seconds=-1), State.SCHEDULED),
        (timedelta(hours=2), State.SENT),
        (timedelta(hours=3), State.SENT),
    ):
        travel(NOON + moment)
        fire_due()
        assert notice(row.id).state is state
    assert people_told(row) == sorted([*everybody(world), newcomer.id])
    assert db.session.scalar(select(Deadline.outcome)) == f"Sent to {len(everybody(world)) + 1} people."


def test_what_reaches_nobody_when_its_time_comes_is_a_draft_again(client, world, travel):
    only = member(make_agency(world.coc, "Small House"))
    row = drafted(client, world.agent, "newsletter", agency_ids=[only.memberships[0].agency_id])
    deed(client, world.agent, row, "schedule", at="2026-11-21T14:00")
    with unit_of_work():
        only.memberships[0].ended_at = NOON + timedelta(hours=1)
    travel(NOON + timedelta(days=2))
    fire_due()
    assert notice(row.id).state is State.DRAFT
    assert people_told(row, "notice-not-sent") == [world.agent.id]


def test_off_the_schedule(client, world, travel):
    row = drafted(client, world.agent, "newsletter")
    deed(client, world.agent, row, "schedule", at="2026-11-20T14:00")
    assert client.post(f"/notices/{row.id}/unschedule").status_code == 302
    travel(NOON + timedelta(hours=3))
    fire_due()
    assert (notice(row.id).state, people_told(row)) == (State.DRAFT, [])


def test_sent_before_its_time_it_is_not_sent_again(client, world, travel):
    row = drafted(client, world.agent, "newsletter")
    deed(client, world.agent, row, "schedule", at="2026-11-20T14:00")
    deed(client, world.agent, row, "send")
    travel(NOON + timedelta(hours=3))
    fire_due()
    assert people_told(row) == everybody(world)


# --- how soon


@pytest.mark.rule("SAC-HD-3")
@pytest.mark.parametrize(
    ("seconds", "is_late", "said"),
    [
        (0, False, "people were told at once on discovery"),
        (0.9, False, "people were told at once on discovery"),
        (1, True, "1 second after it was discovered"),
        (720, True, "12 minutes after it was discovered"),
    ],
)
def test_people_are_told_at_once_on_discovery(client, world, travel, seconds, is_late, said):
    """All of the second of the discovery is on time; from the next on it is late, and by how much stands there."""
    row = drafted(client, world.agent)
    travel(NOON + timedelta(seconds=seconds))
    assert deed(client, world.agent, row, "send").status_code == 302
    page = words(client.get(f"/notices/{row.id}"))
    assert said in page
    assert "Discovered Fri, Nov 20, 2026, 12:00 PM (CST)" in page
    assert "SAC-HD-3" in page
    (clock_row,) = db.session.scalars(select(Deadline).where(Deadline.kind == "service-notice"))
    assert (clock_row.was_late, clock_row.rule) == (is_late, "SAC-HD-3")


@pytest.mark.rule("SAC-HD-3")
def test_a_failure_is_not_put_off(client, world):
    row = drafted(client, world.agent)
    answer = deed(client, world.agent, row, "schedule", at="2026-11-20T14:00")
    assert answer.status_code == 422
    assert "told of a failure at once" in words(answer)


@pytest.mark.rule("SAC-HD-3")
def test_a_failure_that_nobody_was_told_of_stands_on_top_of_today(client, world, travel):
    drafted(client, world.agent)
    travel(NOON + timedelta(seconds=1))
    for person in (world.agent, world.admin):
        page = words(sign_in(client, person).get("/"))
        assert "Overdue (1) Send the service notice: The HMIS cannot be reached" in page
    assert "Send the service notice" not in words(sign_in(client, world.administrator).get("/"))


def test_where_the_manual_sets_no_time_that_is_said(client):
    world = make_world("vermont")
    row = sent(client, world.agent)
    page = words(client.get(f"/notices/{row.id}"))
    assert f"the manual sets no time for this. Telling people at once is {world.lead.name}'s own practice." in page
    assert db.session.scalar(select(Deadline.id).where(Deadline.kind == "service-notice")) is None


@pytest.mark.parametrize("typed", ["2026-11-20T12:01", ""])
def test_a_discovery_to_come_or_left_out(client, world, typed):
    answer = post_new(client, world.agent, discovered=typed)
    assert answer.status_code == 422
    assert ("still to come" if typed else "Say when it was discovered.") in words(answer)


# --- reach


def test_a_coc_manager_writes_to_that_coc_only(client, world):
    next_coc = make_coc(world.lead, "sacramento")
    there = make_agency(next_coc)
    member(there)
    make_project(there)
    row = sent(client, world.manager)
    assert recipients(row) == everybody(world)
    assert row.coc_id == world.coc.id
    for values in ({"coc_ids": [next_coc.id]}, {"agency_ids": [there.id]}):
        answer = post_new(client, world.manager, **values)
        assert answer.status_code == (302 if "coc_ids" in values else 422), "with one CoC there is none to choose"
    whole = sent(client, world.agent)
    assert sign_in(client, world.manager).get(f"/notices/{whole.id}").status_code == 404


def test_what_was_done_is_in_the_trail(client, world):
    row = sent(client, world.agent, asks_reading="y")
    deed(client, world.agent, row, "update", text="More.")
    client.post(f"/notices/{row.id}/discard")
    sign_in(client, world.end_user).post(f"/notices/{row.id}/acknowledge")
    trail = db.session.execute(
        select(AuditEvent.action, AuditEvent.actor_id)
        .where(AuditEvent.subject_type == "notice")
        .order_by(AuditEvent.id)
    ).all()
    by = world.agent.id
    assert [tuple(line) for line in trail] == [
        ("notice.drafted", by),
        ("notice.sent", by),
        ("notice.updated", by),
        ("notice.acknowledged", world.end_user.id),
    ]
    assert db.session.scalar(select(func.count()).select_from(NoticeRecipient)) == row.recipients
