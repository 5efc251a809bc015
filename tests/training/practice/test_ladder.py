"""The Balance of State's ladder: every way that things can go, and the same through the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.audit import verify
from core.db import db, unit_of_work
from core.deadlines import fire_due
from core.people.models import DesignationKind, StaffRole
from tests.licensing.acting import mails, read
from tests.support.factories import make_staff, make_world, member
from tests.support.signing_in import sign_in
from tests.training.practice.acting import (
    act,
    decide,
    fails,
    give,
    hand_in,
    key,
    make_case,
    passes,
    review,
    said,
    teach,
    track_of,
)
from training.practice.ladder import Event, Next, Way, after, replay
from training.practice.models import PracticeTrack
from training.practice.rules import TrackState

START = datetime(2026, 8, 31, 16, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
DEEP = 9
LETTERS = {
    Event.FAILED: "F", Event.ACCEPTED: "A", Event.ONE_ON_ONE: "O", Event.NEXT_CASE: "N", Event.DENIED: "D",
    Event.PROVISIONAL: "P", Event.KEPT: "K",
}  # fmt: skip
MAY = {
    Next.WORK: "FAO", Next.ONE_ON_ONE: "O", Next.ONE_ON_ONE_AGAIN: "O", Next.SECOND_CASE: "N",
    Next.ONE_ON_ONE_ON_SECOND: "O", Next.THIRD_CASE: "N", Next.COMMITTEE: "DP", Next.RE_EVALUATION: "DK",
    Next.RETRY: "", Next.PASSED: "", Next.KEPT: "",
}  # fmt: skip


def by_the_manual(parts: int, history: str) -> Next:
    """The manual's sentences one by one, read over the whole history; the code goes by states instead."""
    for letter, following in (("D", Next.RETRY), ("K", Next.KEPT), ("P", Next.RE_EVALUATION)):
        if letter in history:
            return following
    case = history.rpartition("N")[2]
    match history.count("N"):
        case 0:
            owed = _first(case)
        case 1:
            owed = _second(case)
        case _:
            owed = Next.COMMITTEE if "F" in case else None
    return owed or (Next.PASSED if case.count("A") == parts else Next.WORK)


def _first(case: str) -> Next | None:
    """2: failed the same part twice. 3: after training on a part, failed the next one."""
    runs = case.split("A")
    for before, run in pairwise(runs):
        alone = run.partition("O")[0]
        if "O" in before and "F" in alone:
            return Next.SECOND_CASE if "O" in run else Next.ONE_ON_ONE_AGAIN
    return Next.ONE_ON_ONE if runs[-1].rpartition("O")[2].count("F") == 2 else None


def _second(case: str) -> Next | None:
    """4: trouble leads to training. 5: more than one training leads to the third case."""
    if case.count("O") > 1 or "F" in case.partition("O")[2]:
        return Next.THIRD_CASE
    return Next.ONE_ON_ONE_ON_SECOND if "F" in case and "O" not in case else None


@pytest.mark.rule("MO-TR-7")
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_every_history_leads_where_the_manual_says(parts):
    """The whole product of events to depth: what may happen does, what may not is refused."""
    ways, seen = {"": Way(parts)}, 0
    for _ in range(DEEP):
        longer = {}
        for (history, way), event in product(ways.items(), Event):
            following = after(way, event)
            is_third = history.count("N") == 2
            may = LETTERS[event] in MAY[way.next] and not (event is Event.ONE_ON_ONE and is_third)
            assert (following is not None) == may, (history, event)
            if following is not None:
                told = history + LETTERS[event]
                assert following.next is by_the_manual(parts, told), told
                assert following.why
                longer[told] = following
        ways, seen = longer, seen + len(longer)
    assert seen > 500


@pytest.mark.rule("MO-TR-7")
def test_a_replay_is_the_same_as_going_step_by_step():
    told = "FFOAFONFOFNAF"
    by_letter = {letter: event for event, letter in LETTERS.items()}
    assert replay(3, [by_letter[letter] for letter in told]).next is Next.COMMITTEE
    with pytest.raises(ValueError, match="cannot come"):
        replay(3, [Event.NEXT_CASE])


# ------------------------------------------------------------------ through the pages


@pytest.fixture
def bos(app, travel):
    travel(START)
    world = make_world("missouri-bos")
    for _ in range(4):
        make_case(world)
    world.member = make_staff(world.lead, StaffRole.DATA_COMMITTEE, world.coc, name="Cora Mills")
    return world


def shown(client, world, track):
    return read(client, world.trainer, f"/training/practice/{track.id}")


@pytest.mark.rule("MO-TR-7")
def test_two_failures_of_a_part_lead_to_one_on_one_training_and_work_waits_for_it(client, bos):
    track = give(bos)
    fails(client, bos, track.id)
    assert "One-on-one training comes next" not in shown(client, bos, track)
    fails(client, bos, track.id)
    assert "The same part was failed twice." in shown(client, bos, track)
    refused = hand_in(client, bos.end_user, track.id)
    assert (refused.status_code, "One-on-one training comes first" in said(refused)) == (409, True)
    assert teach(client, bos.trainer, track.id).status_code == 302
    passes(client, bos, track.id)


@pytest.mark.rule("MO-TR-7")
def test_failing_the_next_part_leads_to_one_on_one_training_and_a_second_case(client, bos):
    track = give(bos)
    fails(client, bos, track.id, 2)
    teach(client, bos.trainer, track.id)
    passes(client, bos, track.id)
    assert act(client, bos.trainer, track.id, "case").status_code == 409
    fails(client, bos, track.id)
    assert "One-on-one training comes next, and then a second case." in shown(client, bos, track)
    assert act(client, bos.trainer, track.id, "case").status_code == 409
    teach(client, bos.trainer, track.id)
    first = track_of(track.id).current.case_id
    assert act(client, bos.trainer, track.id, "case").status_code == 302
    assert (track_of(track.id).current.number, track_of(track.id).current.case_id == first) == (2, False)


def to_third_case(client, world):
    track = give(world)
    fails(client, world, track.id, 2)
    teach(client, world.trainer, track.id)
    passes(client, world, track.id)
    fails(client, world, track.id)
    teach(client, world.trainer, track.id)
    act(client, world.trainer, track.id, "case")
    fails(client, world, track.id)
    assert "There is trouble in the second case." in shown(client, world, track)
    teach(client, world.trainer, track.id)
    fails(client, world, track.id)
    assert "A third and last case comes next." in shown(client, world, track)
    assert act(client, world.trainer, track.id, "case").status_code == 302
    assert track_of(track.id).current.number == 3
    return track


def to_committee(client, world):
    track = to_third_case(client, world)
    passes(client, world, track.id)
    refused = teach(client, world.trainer, track.id)
    assert refused.status_code == 409
    fails(client, world, track.id)
    assert track_of(track.id).state is TrackState.COMMITTEE
    return track


@pytest.mark.rule("MO-TR-7")
def test_the_third_case_can_still_be_passed(client, bos):
    track = to_third_case(client, bos)
    passes(client, bos, track.id, 3)
    assert track_of(track.id).state is TrackState.PASSED


@pytest.mark.rule("MO-TR-7")
def test_failing_the_third_case_denies_access_until_the_committee_has_decided(client, bos):
    track = to_committee(client, bos)
    told = [mail.person_id for mail in mails("practice-news") if "The committee decides on access" in mail.body_text]
    assert {bos.end_user.id, bos.member.id, bos.administrator.id} <= set(told)
    assert "Decide on access: Erin Doyle" in read(client, bos.member, "/")
    assert sign_in(client, bos.manager).get(f"/training/practice/committee/{track.id}").status_code == 403
    assert hand_in(client, bos.end_user, track.id).status_code == 409
    assert decide(client, bos.member, track.id, "keep").status_code == 409
    with unit_of_work():
        verify()


@pytest.mark.rule("MO-TR-7")
def test_provisional_access_needs_a_named_mentor_of_the_agency_who_is_somebody_else(client, bos):
    track = to_committee(client, bos)
    mentor = member(bos.agency, name="Mara Quill")
    for values in (
        {"mentor": "0", "commits": "y"},
        {"mentor": str(bos.end_user.id), "commits": "y"},
        {"mentor": str(bos.other_end_user.id), "commits": "y"},
        {"mentor": str(mentor.id)},
    ):
        assert decide(client, bos.member, track.id, "provisional", **values).status_code == 422
    told = {"mentor": str(mentor.id), "commits": "y"}
    assert decide(client, bos.member, track.id, "provisional", **told).status_code == 302
    row = track_of(track.id)
    assert (row.state, row.mentor_id) == (TrackState.PROVISIONAL, mentor.id)
    assert row.until.astimezone(CHICAGO) == datetime(2026, 9, 30, 23, 59, 59, tzinfo=CHICAGO)


def provisional(client, world):
    track = to_committee(client, world)
    told = {"mentor": str(world.representative.id), "commits": "y"}
    assert decide(client, world.member, track.id, "provisional", **told).status_code == 302
    return track_of(track.id)


@pytest.mark.rule("MO-TR-7")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 409), (0, 409), (1, 302)])
@pytest.mark.parametrize(("name", "state"), [("keep", TrackState.KEPT), ("deny", TrackState.DENIED)])
def test_provisional_access_is_evaluated_again_after_30_days(client, bos, travel, seconds, status, name, state):
    track = provisional(client, bos)
    travel(track.until + timedelta(seconds=seconds))
    fire_due()
    asked = [mail for mail in mails("practice-news") if "The committee decides again." in mail.body_text]
    assert bool(asked) == (status == 302)
    assert decide(client, bos.member, track.id, name).status_code == status
    assert track_of(track.id).state is (state if status == 302 else TrackState.PROVISIONAL)


@pytest.mark.rule("MO-TR-7")
@pytest.mark.parametrize(("seconds", "status"), [(-1, 409), (0, 409), (1, 302)])
def test_who_was_denied_access_may_try_again_after_6_months_to_the_second(client, bos, travel, seconds, status):
    track = to_committee(client, bos)
    assert decide(client, bos.member, track.id, "deny").status_code == 302
    until = track_of(track.id).until
    assert until.astimezone(CHICAGO) == datetime(2027, 2, 28, 23, 59, 59, tzinfo=CHICAGO)
    travel(until + timedelta(seconds=seconds))
    fire_due()
    opened = [mail for mail in mails("practice-news") if "may try again:" in mail.body_text]
    assert bool(opened) == (status == 302)
    assert act(client, bos.trainer, track.id, "again").status_code == status
    rows = db.session.scalars(select(PracticeTrack).order_by(PracticeTrack.id)).all()
    assert len(rows) == (2 if status == 302 else 1)
    if status == 302:
        assert rows[1].previous_id == rows[0].id
        had = {one.case_id for one in track_of(rows[0].id).assignments}
        assert rows[1].current.case_id not in had


@pytest.mark.rule("MO-TR-7")
def test_a_denial_holds_for_every_kind_of_project_while_it_lasts(client, bos):
    make_case(bos, hud_type=13)
    track = to_committee(client, bos)
    decide(client, bos.member, track.id, "deny")
    data = {
        "once": key(), "q": "Erin", "person": f"{bos.end_user.id}-{bos.agency.id}", "hud_type": "13", "language": "",
        "reason": "Another project.",
    }  # fmt: skip
    refused = sign_in(client, bos.trainer).post("/training/practice/give", data=data)
    assert (refused.status_code, "may try again after Sunday, February 28, 2027" in said(refused)) == (409, True)


@pytest.mark.rule("MO-TR-7")
def test_the_ladder_is_off_in_the_shared_manual(client, app, travel):
    travel(START)
    world = make_world("missouri")
    make_case(world)
    track = give(world)
    fails(client, world, track.id, 4)
    assert "What comes next" not in shown(client, world, track)
    assert hand_in(client, world.end_user, track.id).status_code == 302
    assert review(client, world.trainer, accept=True).status_code == 302


@pytest.mark.rule("MO-TR-7")
def test_the_lead_alone_refuses_nobody_where_the_committee_decides(client, bos):
    track = give(bos)
    fails(client, bos, track.id, 2)
    teach(client, bos.trainer, track.id)
    fails(client, bos, track.id)
    refused = act(client, bos.manager, track.id, "refuse")
    assert (refused.status_code, "the committee decides" in said(refused)) == (409, True)
    assert DesignationKind.REPRESENTATIVE
