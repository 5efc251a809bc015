"""Taking a test: drawing, answering, scoring, tries, and what hostile forms come to."""

from __future__ import annotations

import re
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.db import db
from tests.support.factories import World, make_world
from tests.support.signing_in import sign_in
from tests.training.courses.acting import (
    TEST,
    answers,
    ask,
    attempt,
    begin,
    completions,
    made,
    once,
    page,
    pass_it,
    publish,
    rows_of,
    said,
    seen,
    sitting,
    submit,
    try_test,
    with_test,
    write,
)
from training.courses import questions
from training.courses.models import AttemptGrant, Completion, CompletionCredit, Course, TestAttempt
from training.courses.questions import Kind
from training.courses.vocabulary import How

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world() -> World:
    return make_world("missouri")


@pytest.mark.rule("MO-TR-2")
@pytest.mark.parametrize(("wrong", "score", "is_passed"), [(3, 70, False), (2, 80, True), (1, 90, True)])
def test_at_the_pass_mark_passes_and_one_below_does_not(client, world, wrong, score, is_passed):
    row = with_test(client, world, credits=["security-and-privacy"])
    tried = pass_it(client, world.end_user, row, wrong)
    assert (tried.score, tried.right, tried.is_passed) == (score, 10 - wrong, is_passed)
    done = completions(world.end_user, row)
    assert [(one.how, one.score, one.source_id) for one in done] == ([(How.TEST, score, tried.id)] if is_passed else [])
    result = seen(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    assert ("Not passed this time" not in result) == is_passed
    assert f"{score} %: {10 - wrong} of 10 right" in result


@pytest.mark.rule("SAC-TR-1")
def test_nothing_is_completed_before_the_test_is_passed(client):
    """What an account waits for in Sacramento is there after the pass, and not a moment sooner."""
    sacramento = make_world("sacramento", "America/Los_Angeles")
    row = with_test(client, sacramento, credits=["orientation"])
    begin(client, sacramento.end_user, row)
    assert client.post(f"/training/learn/{row.id}/read").status_code == 302, "reading alone completes nothing"
    assert completions(sacramento.end_user, row) == []
    tried = try_test(client, sacramento.end_user, row)
    assert completions(sacramento.end_user, row) == []
    submit(client, sacramento.end_user, tried, answers(tried, wrong=3))
    assert completions(sacramento.end_user, row) == []
    tried = try_test(client, sacramento.end_user, row)
    submit(client, sacramento.end_user, tried, answers(tried, wrong=2))
    (done,) = completions(sacramento.end_user, row)
    credits_of = select(CompletionCredit.credit).where(CompletionCredit.completion_id == done.id)
    assert list(db.session.scalars(credits_of)) == ["orientation"]


def test_sent_twice_it_is_scored_once(client, world):
    row = with_test(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    first = submit(client, world.end_user, tried, answers(tried))
    second = submit(client, world.end_user, tried, answers(tried, wrong=10))
    assert first.location == second.location == f"/training/learn/attempts/{tried.id}"
    assert (attempt(tried.id).score, len(completions(world.end_user, row))) == (100, 1)


def test_sent_twice_at_one_instant_it_is_scored_once(app: Flask, client, world):
    row = with_test(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    form, number, person = answers(tried), tried.id, world.end_user
    clients = [sign_in(app.test_client(), person) for _ in range(4)]
    db.session.remove()
    barrier, statuses = Barrier(len(clients)), []

    def send(one: Any) -> None:
        barrier.wait()
        with app.app_context():
            statuses.append(one.post(f"/training/learn/attempts/{number}", data=form).status_code)

    threads = [Thread(target=send, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 4
    scored = select(Completion.source_id).where(Completion.source_type == TestAttempt.__tablename__)
    assert list(db.session.scalars(scored)) == [number]


def test_the_answers_are_not_in_the_page_before_it_is_sent(client, world):
    row = made(client, world)
    ask(client, world.trainer, row, "order", "first\nsecond\nthird\nfourth", feedback="CANARY-FEEDBACK")
    ask(client, world.trainer, row, "number", "4711 +- 3")
    ask(client, world.trainer, row, "single", "alpha\n* beta\ngamma")
    write(client, world.trainer, row, **{**TEST, "draw": "3"})
    publish(client, world.trainer, row)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    shown = page(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    taken = page(client, world.end_user, f"/training/learn/{row.id}")
    for secret in ("CANARY-FEEDBACK", "4711", 'right"', "first\nsecond"):
        assert secret not in shown + taken, secret
    place = next(n for n, one in enumerate(rows_of(tried)) if one.kind is Kind.ORDER)
    labels = re.findall(rf'<label for="q{place}-\d">(\w+)</label>', shown)
    assert sorted(labels) == ["first", "fourth", "second", "third"]
    assert labels != ["first", "second", "third", "fourth"], "they do not stand in the order that is asked for"
    assert 'value="5"' not in shown, "places as shown, not numbers of rows"


EVERY_KIND = (
    ("single", "* yes\nno\nperhaps", "Only one"),
    ("multiple", "* red\n* green\nblue", "Two"),
    ("true-false", "false", "Not so"),
    ("order", "one\ntwo\nthree", "Count"),
    ("match", "SSN = number\nDOB = date\nName = words", "Pairs"),
    ("number", "72 +- 2", "Hours"),
)


def right_form(row: TestAttempt, wrong: str = "") -> dict[str, Any]:
    """What answers each kind rightly; the kind `wrong` not."""
    form: dict[str, Any] = {}
    for place, question in enumerate(rows_of(row)):
        asked, order = question.asked, row.drawn[place]["order"]
        is_wrong = question.kind == wrong
        if asked.kind is Kind.NUMBER:
            form[f"q{place}"] = "74.1" if is_wrong else "74"
        elif asked.kind in questions.CHOICES:
            right = [order.index(one) for one in asked.right]
            form[f"q{place}"] = [
                str(one) for one in (right[1:] or [(right[0] + 1) % len(order)] if is_wrong else right)
            ]
        elif asked.kind is Kind.ORDER:
            places = [(one + is_wrong) % len(order) for one in order]
            form |= {f"q{place}-{item}": str(one) for item, one in enumerate(places)}
        else:
            places = [order.index((left + is_wrong) % len(order)) for left in range(len(order))]
            form |= {f"q{place}-{left}": str(one) for left, one in enumerate(places)}
    return form


def of_every_kind(client: Any, world: World, **test: str) -> Course:
    row = made(client, world)
    for kind, lines, feedback in EVERY_KIND:
        ask(client, world.trainer, row, kind, lines, feedback=feedback, text=f"The {kind} question?")
    test = {**TEST, "draw": "6", "pass_percent": "100", "feedback": "answers", **test}
    assert write(client, world.trainer, row, **test).status_code == 302
    assert publish(client, world.trainer, row).status_code == 302
    return row


@pytest.mark.parametrize("wrong", ["", *(kind for kind, _, _ in EVERY_KIND)])
def test_every_kind_is_judged(client, world, wrong):
    row = of_every_kind(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    assert submit(client, world.end_user, tried, right_form(tried, wrong)).status_code == 302
    assert (attempt(tried.id).right, attempt(tried.id).is_passed) == (5 if wrong else 6, not wrong)
    result = seen(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    assert result.count("Wrong You answered") == bool(wrong)
    assert "Count" in result, "the feedback of the question"


@pytest.mark.parametrize(("feedback", "fails", "marks", "right"), [
    ("score", 1, False, False), ("score", 2, False, False), ("marks", 1, True, False), ("marks", 2, True, False),
    ("answers-at-end", 1, True, False), ("answers-at-end", 2, True, True), ("answers", 1, True, True),
])  # fmt: skip
def test_what_is_shown_of_a_try_is_what_the_version_says(client, world, feedback, fails, marks, right):
    row = of_every_kind(client, world, attempts="2", feedback=feedback)
    begin(client, world.end_user, row)
    for _ in range(fails):
        tried = try_test(client, world.end_user, row)
        submit(client, world.end_user, tried, right_form(tried, "number"))
    result = seen(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    assert ("Wrong You answered: 74.1" in result, "Right is: 72" in result) == (marks, right)
    assert ("Hours" in result) == marks


def test_each_try_draws_anew_and_keeps_what_it_drew(client, world):
    row = made(client, world)
    for number in range(8):
        ask(client, world.trainer, row, "true-false", "true", tag="privacy" if number < 3 else "security")
    test = {**TEST, "draw": "4", "attempts": "0", "per_tag": "privacy: 3"}
    write(client, world.trainer, row, **test)
    publish(client, world.trainer, row)
    begin(client, world.end_user, row)
    seen_numbers = set()
    for _ in range(12):
        tried = try_test(client, world.end_user, row)
        drawn = rows_of(tried)
        assert (len(drawn), len({one.id for one in drawn})) == (4, 4)
        assert [one.tag for one in drawn].count("privacy") == 3
        seen_numbers |= {one.id for one in drawn}
        submit(client, world.end_user, tried, answers(tried, wrong=4))
    assert len(seen_numbers) > 4


@pytest.mark.parametrize(("test", "told"), [
    ({"draw": "11"}, "draws 11 questions; the bank has 10"),
    ({"draw": "5", "per_tag": "privacy: 1"}, "1 questions of"),
])  # fmt: skip
def test_a_test_that_the_bank_cannot_fill_is_not_published(client, world, test, told):
    row = made(client, world)
    for _ in range(10):
        ask(client, world.trainer, row, "true-false", "true")
    write(client, world.trainer, row, **{**TEST, **test})
    answer = publish(client, world.trainer, row)
    assert (answer.status_code, told in said(answer)) == (422, True)


ODD_NUMBERS = (
    ({"draw": "0"}, "draw"), ({"draw": "101"}, "draw"), ({"draw": "x"}, "draw"), ({"pass_percent": "0"}, "pass"),
    ({"pass_percent": "101"}, "pass"), ({"attempts": "21"}, "Tries"), ({"attempts": "-1"}, "Tries"),
    ({"per_tag": "privacy"}, "tag"),
    ({"draw": "2", "per_tag": "a: 2, b: 1"}, "more questions than"), ({"tolerance": "21"}, "From 0 to 20"),
)  # fmt: skip


def test_odd_numbers_of_a_test_are_said(client, world):
    row = made(client, world)
    for test, field in ODD_NUMBERS:
        answer = write(client, world.trainer, row, **{**TEST, **test})
        assert (answer.status_code, field in said(answer)) == (422, True), (test, said(answer))


# ------------------------------------------------------------------ tries


def test_after_the_last_try_it_says_who_can_give_another(client, world):
    row = with_test(client, world, test={**TEST, "attempts": "2"})
    begin(client, world.end_user, row)
    for number in (1, 2):
        tried = try_test(client, world.end_user, row)
        assert tried.number == number
        submit(client, world.end_user, tried, answers(tried, wrong=10))
    refused = client.post(f"/training/learn/{row.id}/test")
    assert refused.status_code == 409
    for words in ("all 2 tries", world.trainer.name, world.trainer.email):
        assert words in said(refused)
    assert world.trainer.email in seen(client, world.end_user, f"/training/learn/{row.id}")
    give = f"/training/courses/{row.id}/sittings/{sitting(world.end_user, row).id}/another-try"
    assert world.end_user.name in seen(client, world.agent, f"/training/courses/{row.id}/people")
    assert sign_in(client, world.agent).post(give, data={"reason": "Kind.", "once": once()}).status_code == 403
    sign_in(client, world.trainer)
    assert client.post(give, data={"reason": "", "once": once()}).status_code == 422
    assert client.post(give, data={"reason": "About SSN 123-45-6789.", "once": once()}).status_code == 422
    form = {"reason": "We went through it on the phone.", "once": once()}
    assert [client.post(give, data=form).status_code for _ in range(2)] == [302, 302]
    assert client.post(give, data={**form, "once": once()}).status_code == 409, "they have a try left"
    assert db.session.scalar(select(func.count(AttemptGrant.id))) == 1
    tried = try_test(client, world.end_user, row)
    assert tried.number == 3
    submit(client, world.end_user, tried, answers(tried, wrong=10))
    assert client.post(f"/training/learn/{row.id}/test").status_code == 409


def test_beginning_twice_is_one_try_and_a_pass_ends_them(client, world):
    row = with_test(client, world)
    begin(client, world.end_user, row)
    assert try_test(client, world.end_user, row).id == try_test(client, world.end_user, row).id
    tried = try_test(client, world.end_user, row)
    submit(client, world.end_user, tried, answers(tried))
    assert client.post(f"/training/learn/{row.id}/test").status_code == 404, "it is completed"
    begin(client, world.end_user, row)
    again = try_test(client, world.end_user, row)
    assert (again.number, again.sitting_id) == (1, sitting(world.end_user, row).id), "another year, another sitting"
    submit(client, world.end_user, again, answers(again))
    assert len(completions(world.end_user, row)) == 2


def test_answers_are_kept_when_one_leaves(client, world):
    row = of_every_kind(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    whole = right_form(tried)
    some = {name: value for name, value in whole.items() if name.startswith(("q0", "q1", "q2"))}
    quiet = client.post(f"/training/learn/attempts/{tried.id}/keep", data=some, headers={"X-Quietly": "1"})
    assert quiet.status_code == 204
    assert client.post(f"/training/learn/attempts/{tried.id}/keep", data=some).location == f"/training/learn/{row.id}"
    shown = page(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    assert shown.count(" checked") + shown.count(" selected") >= 2
    missing = submit(client, world.end_user, tried, some)
    assert (missing.status_code, "has no answer yet" in said(missing)) == (422, True)
    assert attempt(tried.id).ended_at is None
    assert submit(client, world.end_user, tried, whole).status_code == 302
    assert attempt(tried.id).score == 100
    assert client.post(f"/training/learn/attempts/{tried.id}/keep", data=some).status_code == 409


def test_nobody_sees_or_sends_anothers_try(client, world):
    row = with_test(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    for person in (world.other_end_user, world.administrator, world.trainer):
        sign_in(client, person)
        assert client.get(f"/training/learn/attempts/{tried.id}").status_code == 404
        assert client.post(f"/training/learn/attempts/{tried.id}", data=answers(tried)).status_code == 404
        assert client.post(f"/training/learn/attempts/{tried.id}/keep", data=answers(tried)).status_code == 404
    assert attempt(tried.id).answers == {}


def test_a_try_begun_under_a_version_is_finished_under_it(client, world):
    row = with_test(client, world)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    old = rows_of(tried)[0]
    sign_in(client, world.trainer)
    replaced = client.post(
        f"/training/courses/{row.id}/questions/{old.id}",
        data={"once": once(), "kind": "true-false", "text": "Is it otherwise?", "lines": "false"},
    )
    assert replaced.status_code == 302
    write(client, world.trainer, row, **{**TEST, "pass_percent": "100"})
    publish(client, world.trainer, row, "Stricter.")
    assert "Is it otherwise?" not in page(client, world.end_user, f"/training/learn/attempts/{tried.id}")
    assert "A newer version is offered" in page(client, world.end_user, f"/training/learn/{row.id}")
    assert client.post(f"/training/learn/{row.id}/begin-anew").status_code == 409, "in the middle of a try"
    submit(client, world.end_user, tried, answers(tried, wrong=2))
    assert attempt(tried.id).is_passed, "80 % were needed when it was begun"
    (done,) = completions(world.end_user, row)
    assert done.version.number == 1


def test_who_is_in_the_middle_may_go_over_to_the_newer_version(client, world):
    row = with_test(client, world, test={**TEST, "attempts": "1"})
    begin(client, world.end_user, row)
    assert client.post(f"/training/learn/{row.id}/begin-anew").status_code == 409, "there is no newer one"
    tried = try_test(client, world.end_user, row)
    submit(client, world.end_user, tried, answers(tried, wrong=10))
    write(client, world.trainer, row, **TEST)
    publish(client, world.trainer, row, "Clearer.")
    assert sign_in(client, world.end_user).post(f"/training/learn/{row.id}/begin-anew").status_code == 302
    assert sitting(world.end_user, row).version.number == 2
    assert try_test(client, world.end_user, row).number == 1


ODD: tuple[dict[str, Any], ...] = (
    {}, {"q0": "2"}, {"q0": "-1"}, {"q0": "x"}, {"q0": "1" * 5000}, {"q0": ["0", "1"]}, {"q0": "0x0"}, {"q0": "\u0661"},
    {"q0": "\0"}, {"q0-0": "0"}, {"q999": "0"}, {"q0": "<script>alert(1)</script>"}, {"q0": "null"}, {"q0": "[0]"},
)  # fmt: skip


def test_odd_answers_are_said_and_never_scored(client, world):
    row = with_test(client, world, 1, test={**TEST, "draw": "1"})
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    for form in ODD:
        answer = client.post(f"/training/learn/attempts/{tried.id}", data=form)
        assert (answer.status_code, "<script>alert" in answer.get_data(as_text=True)) == (422, False), form
        assert client.post(f"/training/learn/attempts/{tried.id}/keep", data=form).status_code in (302, 422), form
    assert attempt(tried.id).ended_at is None
    assert submit(client, world.end_user, tried, answers(tried)).status_code == 302


def test_what_is_no_number_is_no_answer(client, world):
    row = made(client, world)
    ask(client, world.trainer, row, "number", "72")
    write(client, world.trainer, row, **{**TEST, "draw": "1"})
    publish(client, world.trainer, row)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    for typed in ("NaN", "Infinity", "1e999999", "--1", "1.2.3", "72abc", "9" * 21, "\u0667\u0662"):
        answer = submit(client, world.end_user, tried, {"q0": typed})
        assert (answer.status_code, "not a number" in said(answer)) == (422, True), typed


WITHIN = (
    ("69.99", False), ("70", True), ("74", True), ("74.01", False), ("72.0", True), ("0,072", True), (" 72 ", True),
)  # fmt: skip


def test_a_number_counts_within_its_tolerance(client, world):
    row = made(client, world)
    ask(client, world.trainer, row, "number", "72 +- 2")
    write(client, world.trainer, row, **{**TEST, "draw": "1", "attempts": "0"})
    publish(client, world.trainer, row)
    for typed, is_right in WITHIN:
        begin(client, world.end_user, row)
        tried = try_test(client, world.end_user, row)
        assert submit(client, world.end_user, tried, {"q0": typed}).status_code == 302
        assert attempt(tried.id).is_passed == is_right, typed


def test_a_huge_form_is_refused(client, world):
    row = with_test(client, world, 1, test={**TEST, "draw": "1"})
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    many = {f"q{number}": "0" for number in range(5_000)}
    assert client.post(f"/training/learn/attempts/{tried.id}", data={"q0": "x" * 3_000_000}).status_code in (413, 422)
    assert client.post(f"/training/learn/attempts/{tried.id}", data=many).status_code in (302, 413)
    assert attempt(tried.id).answers in ({}, {"0": [0]})


# ------------------------------------------------------------------ the bank


CANNOT_BE_ASKED = (
    ("single", "yes\nno", "*"), ("single", "* yes\n* no", "right one"), ("single", "* yes", "two answers"),
    ("multiple", "yes\nno", "*"), ("single", "* same\nsame", "once"), ("true-false", "perhaps", "true or false"),
    ("order", "one", "two items"), ("order", "one\none", "once"), ("match", "a = b", "two pairs"),
    ("match", "a\nb", "left = right"), ("number", "many", "number"), ("number", "1\n2", "number"),
    ("number", "NaN", "number"), ("single", "\n".join(f"* a{n}" if n == 0 else f"a{n}" for n in range(13)), "at most"),
    ("single", "* SSN 123-45-6789\nno", "client"), ("essay", "x", "alid"),
)  # fmt: skip


def test_what_cannot_be_asked_is_said(client, world):
    row = made(client, world)
    for kind, lines, told in CANNOT_BE_ASKED:
        form = {"once": once(), "kind": kind, "text": "What is right?", "lines": lines}
        answer = client.post(f"/training/courses/{row.id}/questions/new", data=form)
        assert (answer.status_code, told in said(answer)) == (422, True), (kind, lines, said(answer))


def test_questions_with_markup_are_shown_as_words(client, world):
    row = made(client, world)
    lines = '* <img src=x onerror=alert(1)>\n"><script>alert(2)</script>'
    ask(client, world.trainer, row, "single", lines, text="Is <b>this</b> <script>alert(3)</script> safe?")
    write(
        client, world.trainer, row, body="<script>alert(4)</script> [x](javascript:alert(5))", **{**TEST, "draw": "1"}
    )
    publish(client, world.trainer, row)
    begin(client, world.end_user, row)
    tried = try_test(client, world.end_user, row)
    pages = [
        page(client, world.end_user, f"/training/{at}") for at in (f"learn/attempts/{tried.id}", f"learn/{row.id}")
    ]
    pages += [
        page(client, world.trainer, f"/training/courses/{row.id}{at}")
        for at in ("", "/questions", "/test", "/versions/1")
    ]
    for shown in pages:
        for hostile in ("<script>alert", "<img src=x", 'href="javascript:'):
            assert hostile not in shown


def test_the_form_of_a_question_sent_twice_adds_one_and_a_replaced_one_is_not_replaced_again(client, world):
    row = made(client, world)
    sign_in(client, world.trainer)
    form = {"once": once(), "kind": "number", "text": "How many hours?", "lines": "24"}
    add = f"/training/courses/{row.id}/questions/new"
    assert [client.post(add, data=form).status_code for _ in range(2)] == [302, 302]
    assert page(client, world.agent, f"/training/courses/{row.id}/questions").count("How many hours?") >= 1
    old = ask(client, world.trainer, row, "number", "48")
    change = {**form, "once": once(), "lines": "72"}
    where = f"/training/courses/{row.id}/questions/{old.id}"
    assert [client.post(where, data=change).status_code for _ in range(2)] == [302, 302]
    assert client.post(where, data={**change, "once": once()}).status_code == 409
    assert client.post(f"{where}/take-out").status_code == 409
    assert sign_in(client, world.agent).get(where).status_code == 403


def test_a_question_that_the_offered_test_needs_stays(client, world):
    row = with_test(client, world, 10)
    listed = page(client, world.trainer, f"/training/courses/{row.id}/questions")
    numbers = sorted({int(one) for one in re.findall(r"/questions/(\d+)/take-out", listed)})
    where = f"/training/courses/{row.id}/questions/{numbers[0]}/take-out"
    refused = client.post(where)
    assert (refused.status_code, "the bank has 9" in said(refused)) == (409, True)
    ask(client, world.trainer, row, "true-false", "true")
    assert client.post(where).status_code == 302


def test_the_test_on_paper_tells_the_answers_only_to_who_asks_for_them(client, world):
    row = of_every_kind(client, world)
    sheet = page(client, world.agent, f"/training/courses/{row.id}/test")
    assert "Right:" not in sheet
    assert "72" not in said(client.get(f"/training/courses/{row.id}/test"))
    with_answers = re.search(r'href="([^"]*answers=1[^"]*)"', sheet)
    assert with_answers
    told = page(client, world.agent, with_answers.group(1).replace("&amp;", "&"))
    for kind, _, _ in EVERY_KIND:
        assert f"The {kind} question?" in told
    assert "72 give or take 2" in told
    for person in (world.end_user, world.administrator):
        assert sign_in(client, person).get(f"/training/courses/{row.id}/test").status_code == 403
