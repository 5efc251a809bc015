"""Articles are read again: the deadline, the owner's Today, and what readers say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from core import clock
from core.db import db
from core.deadlines import Deadline, State, fire_due
from helpdesk.knowledge.models import ArticleVote
from tests.knowledge.acting import again, key, made, send, typed
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")
DAY = date(2026, 12, 1)
LAST_SECOND = datetime(2026, 12, 2, 5, 59, 59, tzinfo=UTC)  # the end of December 1 in Chicago


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def deadlines():
    db.session.expire_all()
    return list(db.session.scalars(select(Deadline).where(Deadline.kind == "article-review").order_by(Deadline.id)))


def today_of(client, person):
    return words(read(client, person, "/"))


def test_a_published_article_is_due_for_review_at_the_end_of_its_day(client, world):
    article = made(world, review_on=DAY)
    [row] = deadlines()
    assert (row.subject_id, row.person_id, row.due_at, row.state) == (
        article.id,
        world.agent.id,
        LAST_SECOND,
        State.PENDING,
    )
    board = words(read(client, world.agent, "/deadlines"))
    assert "Review the article: Housing move-in date" in board
    assert "Ana Petrov set the review for Tue, Dec 1, 2026." in board
    made(world, review_on=DAY, publish=False)
    assert len(deadlines()) == 1, "a draft is not reviewed"


def test_it_is_on_its_owners_today_from_that_day_on(client, world, travel):
    made(world, review_on=DAY)
    for at, seen in (
        (datetime(2026, 12, 1, 5, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 1, 6, 0, 0, tzinfo=UTC), True),
        (LAST_SECOND, True),
    ):
        travel(at)
        assert ("Review the article" in today_of(client, world.agent)) == seen
        assert "Review the article" not in today_of(client, world.admin)


def test_missed_it_stays_on_today_until_somebody_reads_it(client, world, travel):
    article = made(world, review_on=DAY)
    travel(datetime(2026, 12, 3, 18, tzinfo=UTC))
    assert fire_due() == 1
    assert [row.state for row in deadlines()] == [State.FIRED]
    assert "Overdue" in today_of(client, world.agent)
    assert "Review the article" in today_of(client, world.agent)
    assert f'href="/knowledge/{article.id}"' in read(client, world.manager, "/knowledge?shown=review")
    form = {"nonce": key(), "review_on": "2027-12-01"}
    assert send(client, world.agent, f"/knowledge/{article.id}/review", form).status_code == 302
    assert "Review the article" not in today_of(client, world.agent)
    assert [row.state for row in deadlines()] == [State.FIRED, State.PENDING]


def test_read_again_in_time_it_is_met_and_due_anew(client, world):
    article = made(world, review_on=DAY)
    form = {"nonce": key(), "review_on": "2027-12-01"}
    assert send(client, world.manager, f"/knowledge/{article.id}/review", form).status_code == 302
    first, second = deadlines()
    assert (first.state, first.outcome) == (State.MET, "Mina Cole read it and found it right.")
    assert (second.state, second.due_at.date()) == (State.PENDING, date(2027, 12, 2))
    assert again(article.id).version == 3


@pytest.mark.parametrize(("day", "status"), [("2026-11-19", 422), ("2026-11-20", 302), ("2026-11-21", 302)])
def test_the_next_review_is_not_before_today(client, world, day, status):
    article = made(world, review_on=DAY)
    answer = send(client, world.agent, f"/knowledge/{article.id}/review", {"nonce": key(), "review_on": day})
    assert answer.status_code == status
    if status == 422:
        assert "has passed. Give today or a later day." in words(answer.get_data(as_text=True))


def test_another_day_or_owner_moves_the_deadline_and_other_words_do_not(client, world):
    article = made(world, review_on=DAY)

    def edit(**values):
        base = str(again(article.id).version)
        form = typed(world, base=base, review_on=DAY.isoformat(), why="So.", **values)
        assert send(client, world.agent, f"/knowledge/{article.id}/edit", form).status_code == 302
        return [(row.state, row.person_id) for row in deadlines()]

    agent, manager = world.agent.id, world.manager.id
    assert edit(title="Another title") == [(State.PENDING, agent)]
    assert deadlines()[0].title == "Review the article: Another title"
    assert edit(owner_id=str(manager)) == [(State.CANCELLED, agent), (State.PENDING, manager)]


def test_one_that_is_retired_is_not_reviewed(client, world):
    article = made(world, review_on=DAY)
    send(client, world.agent, f"/knowledge/{article.id}/retire", {"nonce": key(), "because": "Old."})
    assert [row.state for row in deadlines()] == [State.CANCELLED]


def test_a_passed_review_date_does_not_hold_up_a_change(client, world, travel):
    article = made(world, review_on=DAY)
    travel(datetime(2026, 12, 3, 18, tzinfo=UTC))
    fire_due()
    form = typed(world, base="2", review_on=DAY.isoformat(), why="A letter.", title="Move-in date")
    assert send(client, world.agent, f"/knowledge/{article.id}/edit", form).status_code == 302
    assert [row.state for row in deadlines()] == [State.FIRED], "what was missed stays missed, once"


def test_today_asks_the_same_for_many_articles(client, world):
    def asked():
        db.session.expire_all()
        with queries() as told:
            assert client.get("/").status_code == 200
        return len(told)

    made(world, review_on=clock.now().date())
    sign_in(client, world.agent)
    few = asked()
    for n in range(10):
        made(world, title=f"Article {n}", review_on=clock.now().date())
    assert asked() == few


# --- what readers say ---------------------------------------------------------------------------


def vote(client, person, article, helpful, word=""):
    form = {"nonce": key(), "helpful": helpful, "word": word}
    return send(client, person, f"/knowledge/{article.id}/helpful", form)


def test_one_vote_a_person_that_can_be_changed(client, world):
    article = made(world)
    assert vote(client, world.end_user, article, "yes").status_code == 302
    vote(client, world.director, article, "no", "Step 2 is not there")
    row = again(article.id)
    assert (row.helpful, row.unhelpful, row.balance) == (1, 1, 0)
    vote(client, world.end_user, article, "no")
    vote(client, world.end_user, article, "no", "Too long")
    row = again(article.id)
    assert (row.helpful, row.unhelpful, row.balance) == (0, 2, -2)
    assert len(db.session.scalars(select(ArticleVote)).all()) == 2
    assert "You said no: Too long" in words(read(client, world.end_user, f"/knowledge/{article.id}"))


def test_staff_see_what_readers_said_and_readers_do_not(client, world):
    article = made(world)
    vote(client, world.end_user, article, "no", "Step 2 is not there")
    assert "Step 2 is not there Erin Doyle" in words(read(client, world.manager, f"/knowledge/{article.id}"))
    assert "Step 2 is not there" not in read(client, world.other_end_user, f"/knowledge/{article.id}")


def test_the_least_helpful_come_first(client, world):
    good, unknown, bad = (made(world, title=title) for title in ("Good", "Unknown", "Bad"))
    vote(client, world.end_user, good, "yes")
    vote(client, world.end_user, bad, "no")
    page = read(client, world.agent, "/knowledge?shown=least-helpful")
    assert page.index(">Bad<") < page.index(">Unknown<") < page.index(">Good<")
    assert unknown.id


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"helpful": ""}, "Choose yes or no."),
        ({"helpful": "perhaps"}, "Not a valid choice"),
        ({"helpful": "no", "word": "x" * 501}, "longer than 500 letters"),
        ({"helpful": "no", "word": "Client SSN 123-45-6789"}, "looks like a client"),
    ],
)
def test_a_vote_that_cannot_be_says_why(client, world, values, told):
    article = made(world)
    answer = send(client, world.end_user, f"/knowledge/{article.id}/helpful", {"nonce": key(), **values})
    assert answer.status_code == 422
    assert told in words(answer.get_data(as_text=True))
    assert again(article.id).unhelpful == 0


def test_what_is_retired_is_not_voted_on(client, world):
    article = made(world)
    send(client, world.agent, f"/knowledge/{article.id}/retire", {"nonce": key(), "because": "Old."})
    assert vote(client, world.end_user, article, "yes").status_code == 409
