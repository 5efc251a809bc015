"""Agreements: each clause ticked, then signed; the quiz that a pack may put before it; what is on the paper."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select

from core.db import db
from core.policy import catalog, policy_for
from core.policy.vocabulary import SwitchName
from tests.conftest import NOON
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.training.courses.acting import (
    TEST,
    answers,
    begin,
    completions,
    course,
    made,
    page,
    publish,
    said,
    seen,
    submit,
    try_test,
    with_test,
    write,
)
from training.courses import rules
from training.courses.models import Course, Signature
from training.courses.vocabulary import CourseState, How

pytestmark = pytest.mark.usefixtures("app", "at_noon")
CLAUSES = ("I keep my password to myself.", "I lock my screen.", "I tell of a breach at once.")
BODY = "# The agreement\n\nBetween you and the HMIS Lead."


@pytest.fixture
def world() -> World:
    return make_world("missouri")


def agreement(client, world, **values) -> Course:
    """An offered agreement of three clauses."""
    row = made(client, world, kind="agreement", credits=["user-agreement"], title="User agreement")
    written = {"body": BODY, "clauses": "\n".join(CLAUSES), **values}
    assert write(client, world.trainer, row, **written).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return course(row.id)


def sign(client, person, row, ticked=("0", "1", "2"), name=None):
    form = {"ticked": list(ticked), "name": person.name if name is None else name}
    return sign_in(client, person).post(f"/training/learn/{row.id}/sign", data=form)


def signature() -> Signature:
    return db.session.scalars(select(Signature)).one()


@pytest.mark.rule("MO-TR-2")
def test_each_clause_is_ticked_before_it_is_signed(client, world):
    row = agreement(client, world)
    begin(client, world.end_user, row)
    for missing in range(len(CLAUSES)):
        ticked = [str(place) for place in range(len(CLAUSES)) if place != missing]
        answer = sign(client, world.end_user, row, ticked)
        assert (answer.status_code, f"Tick clause {missing + 1}." in said(answer)) == (422, True)
        assert answer.get_data(as_text=True).count(" checked") == 2, "what was ticked stays ticked"
    assert sign(client, world.end_user, row, []).status_code == 422
    assert sign(client, world.end_user, row, ["0", "0", "0"]).status_code == 422
    assert sign(client, world.end_user, row, ["0", "1", "x", "2" * 50]).status_code == 422
    assert completions(world.end_user, row) == []
    assert sign(client, world.end_user, row).status_code == 302
    (done,) = completions(world.end_user, row)
    assert (done.how, [one.credit for one in done.earned]) == (How.SIGNED, ["user-agreement"])


def test_it_is_signed_with_ones_own_name(client, world):
    row = agreement(client, world)
    begin(client, world.end_user, row)
    for wrong in ("", "Erin", "Somebody Else", "x" * 400):
        assert sign(client, world.end_user, row, name=wrong).status_code == 422, wrong
    assert sign(client, world.end_user, row, name="  erin   DOYLE ").status_code == 302
    assert signature().name == "Erin Doyle"


def test_the_signature_keeps_time_address_text_and_clauses(client, world):
    row = agreement(client, world)
    begin(client, world.end_user, row)
    answer = sign(client, world.end_user, row)
    kept = signature()
    text = "\n\n".join([BODY, *(f"{number}. {clause}" for number, clause in enumerate(CLAUSES, start=1))])
    assert kept.text_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (kept.at, kept.address, kept.clauses, kept.intent) == (NOON, "127.0.0.1", list(CLAUSES), rules.INTENT)
    seen(client, world.end_user, answer.location)  # what was done is said above the page once
    paper = seen(client, world.end_user, answer.location)
    for words in (
        *CLAUSES,
        kept.text_sha256,
        "127.0.0.1",
        "Between you and the HMIS Lead.",
        "Nov 20, 2026",
        "handwritten",
    ):
        assert words in paper, words
    write(client, world.trainer, row, body="Other words.", clauses="Another clause.")
    publish(client, world.trainer, row, "Shorter.")
    seen(client, world.end_user, answer.location)
    assert seen(client, world.end_user, answer.location) == paper, "a newer version changes nothing of it"


def test_signing_twice_is_once_and_anothers_is_not_there(client, world):
    row = agreement(client, world)
    begin(client, world.end_user, row)
    first = sign(client, world.end_user, row)
    assert sign(client, world.end_user, row).status_code == 404, "there is nothing more to sign"
    assert len(completions(world.end_user, row)) == 1
    assert page(client, world.agent, first.location)
    for person in (world.other_end_user, world.administrator, make_world("sonoma").admin):
        page(client, person, first.location, status=404)


def test_an_agreement_without_clauses_is_not_published_and_other_courses_have_none(client, world):
    row = made(client, world, kind="agreement")
    write(client, world.trainer, row)
    answer = publish(client, world.trainer, row)
    assert (answer.status_code, "MO-TR-2" in said(answer)) == (422, True)
    document = made(client, world)
    assert write(client, world.trainer, document, clauses="A clause.").status_code == 422
    assert write(client, world.trainer, row, clauses="Same.\nSame.").status_code == 422
    assert write(client, world.trainer, row, clauses="\n".join(f"Clause {n}." for n in range(61))).status_code == 422
    assert sign(client, world.end_user, row).status_code == 404


# ------------------------------------------------------------------ the renewal quiz


@pytest.fixture
def quiz_on(world, monkeypatch):
    """The community's pack with the switch on, as a pack of its own would have it."""
    known = policy_for(world.coc, NOON.date())
    key = ("switches", SwitchName.RENEWAL_QUIZ.value)
    switched = replace(known, values={**known.values, key: known.values[key].model_copy(update={"on": True})})
    monkeypatch.setattr(catalog, "in_force", lambda name, on: switched)
    return switched


@pytest.mark.rule("HUD-TR-5")
def test_with_the_switch_off_the_agreement_is_signed_without_a_quiz(client, world):
    assert not policy_for(world.coc, NOON.date()).switch(SwitchName.RENEWAL_QUIZ).on
    row = agreement(client, world)
    begin(client, world.end_user, row)
    assert sign(client, world.end_user, row).status_code == 302


@pytest.mark.rule("HUD-TR-5")
def test_with_the_switch_on_an_agreement_without_a_quiz_is_not_published(client, world, quiz_on):
    row = made(client, world, kind="agreement", credits=["user-agreement"])
    write(client, world.trainer, row, clauses="\n".join(CLAUSES))
    answer = publish(client, world.trainer, row)
    assert (answer.status_code, "HUD-TR-5" in said(answer)) == (422, True)
    assert course(row.id).state is CourseState.DRAFT
    other = made(client, world, kind="agreement", credits=["general"])
    write(client, world.trainer, other, clauses="\n".join(CLAUSES))
    assert publish(client, world.trainer, other).status_code == 302, "it asks for the user agreement's only"


@pytest.mark.rule("HUD-TR-5")
@pytest.mark.parametrize(("wrong", "may_sign"), [(3, False), (2, True), (1, True)])
def test_with_the_switch_on_the_quiz_is_passed_before_it_is_signed(client, world, quiz_on, wrong, may_sign):
    row = with_test(client, world, kind="agreement", credits=["user-agreement"])
    begin(client, world.end_user, row)
    assert sign(client, world.end_user, row, ["0", "1"]).status_code == 409, "no quiz yet"
    tried = try_test(client, world.end_user, row)
    submit(client, world.end_user, tried, answers(tried, wrong))
    assert completions(world.end_user, row) == [], "the quiz alone is no signature"
    answer = sign(client, world.end_user, row, ["0", "1"])
    assert answer.status_code == (302 if may_sign else 409)
    assert [(one.how, one.score) for one in completions(world.end_user, row)] == (
        [(How.SIGNED, 100 - wrong * 10)] * may_sign
    )


@pytest.mark.rule("HUD-TR-5")
def test_a_switch_that_came_later_holds_back_what_has_no_quiz_and_says_who_adds_it(client, world, request):
    row = agreement(client, world)
    begin(client, world.end_user, row)
    request.getfixturevalue("quiz_on")
    answer = sign(client, world.end_user, row)
    assert answer.status_code == 409
    for words in ("HUD-TR-5", world.trainer.email):
        assert words in said(answer)
    shown = seen(client, world.end_user, f"/training/learn/{row.id}")
    assert "Your community asks for a quiz" in shown


def test_an_agreements_own_quiz_holds_whatever_the_pack_says(client, world):
    row = with_test(client, world, kind="agreement", credits=["user-agreement"], test={**TEST, "attempts": "1"})
    begin(client, world.end_user, row)
    assert sign(client, world.end_user, row, ["0", "1"]).status_code == 409
