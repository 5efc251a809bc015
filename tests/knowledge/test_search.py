from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, text

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.markdown import to_plain
from helpdesk.knowledge import api
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.queries import sharing
from helpdesk.knowledge.rules import Audience
from helpdesk.knowledge.standing import readable
from tests.knowledge.acting import NEXT_YEAR, made
from tests.support.counting import queries
from tests.support.factories import make_world
from tests.support.signing_in import sign_in
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def principal(person):
    return principal_for(person, clock.now())


def suggested(person, typed, limit=5):
    return [one.title for one in api.suggest(principal(person) if person else None, typed, limit)]


def found(client, person, asked):
    page = read(client, person, f"/knowledge?q={asked}")
    return re.findall(r'<a href="/knowledge/\d+">([^<]+)</a>', page)


# --- searching ----------------------------------------------------------------------------------


def test_words_are_found_in_title_tags_and_text_the_title_first(client, world):
    made(world, title="Coordinated entry", body="Bed lists are on the *second* tab.")
    made(world, title="Bed lists", body="Where they are.")
    made(world, title="Shelter nights", body="Counting.", tags=["bed list"])
    made(world, title="Something else", body="Nothing of the kind.")
    assert found(client, world.end_user, "bed+lists") == ["Bed lists", "Shelter nights", "Coordinated entry"]


def test_the_place_in_the_text_is_shown_marked_and_harmless(client, world):
    made(
        world,
        title="Saving",
        body="Press **Save** & wait; a < b.\n\nThen `<script>alert(1)</script>` is shown as text.",
    )
    page = read(client, world.end_user, "/knowledge?q=save+shown")
    assert "<mark>Save</mark> &amp; wait" in page
    assert "<script>alert" not in page


def test_a_search_keeps_to_what_the_person_may_read(client, world):
    made(world, title="Bed lists for staff", audience=Audience.STAFF)
    made(world, title="Bed lists in a draft", publish=False)
    assert found(client, world.end_user, "bed") == []
    assert set(found(client, world.agent, "bed")) == {"Bed lists for staff", "Bed lists in a draft"}


@pytest.mark.parametrize("asked", ["", "%00", "'", "((( | &", "a" * 5000, "%22unclosed", "the+and+of", "\\"])
def test_odd_words_find_nothing_and_break_nothing(client, world, asked):
    made(world)
    sign_in(client, world.end_user)
    assert client.get(f"/knowledge?q={asked}").status_code == 200
    assert client.get(f"/help?q={asked}").status_code == 200


def test_the_box_on_every_page_finds_articles(client, world):
    article = made(world, title="Bed lists")
    assert f'href="/knowledge/{article.id}"' in read(client, world.end_user, "/search?q=bed")


# --- what may answer a text ---------------------------------------------------------------------


def test_the_best_articles_for_what_is_typed_so_far(world):
    made(world, title="How to enter the housing move-in date")
    made(world, title="Housing move-in date: when it is refused", tags=["save", "error"])
    made(world, title="Bed lists")
    text = "I cannot save the move-in date. The page says that there is an error."
    assert suggested(world.end_user, text) == [
        "Housing move-in date: when it is refused",
        "How to enter the housing move-in date",
    ]


def test_where_no_title_fits_the_text_of_articles_does(world):
    made(world, title="Leaving", body="Exit destinations are in appendix A.")
    assert suggested(world.end_user, "Which destination?") == ["Leaving"]


def test_at_most_so_many(world):
    for n in range(7):
        made(world, title=f"Bed list {n}")
    assert len(suggested(world.end_user, "bed")) == 5
    assert len(suggested(world.end_user, "bed", 2)) == 2


def test_only_what_the_person_may_read_is_suggested(world):
    made(world, title="Bed lists for staff", audience=Audience.STAFF)
    made(world, title="Bed lists in a draft", publish=False)
    made(world, title="Bed lists for all", audience=Audience.PUBLIC)
    assert suggested(world.end_user, "bed") == ["Bed lists for all"]
    assert set(suggested(world.agent, "bed")) == {"Bed lists for staff", "Bed lists for all"}
    assert suggested(None, "bed") == ["Bed lists for all"]
    assert suggested(make_world("missouri").end_user, "bed") == []


@pytest.mark.parametrize(
    "typed",
    ["", " ", "the of and", "\0", "a & b | c:* !", "it's O'Neil's \\ 'quoted'", "x" * 50_000, "C:\\temp\\bed.txt"],
)
def test_whatever_is_typed_breaks_nothing(world, typed):
    made(world)
    assert suggested(world.end_user, typed) == []


def test_the_piece_of_the_page_is_sent_as_a_form(client, world):
    article = made(world, title="Bed lists")
    sign_in(client, world.end_user)
    answer = client.post("/knowledge/suggest", data={"subject": "bed", "text": "list"})
    assert answer.status_code == 200
    assert f'href="/knowledge/{article.id}"' in answer.get_data(as_text=True)
    assert "<html" not in answer.get_data(as_text=True)
    assert client.post("/knowledge/suggest", data={}).get_data(as_text=True).strip() == ""
    assert client.get("/knowledge/suggest").status_code == 405


def test_suggesting_takes_three_questions_and_an_index(world):
    """Whatever there is: where the person works, and the titles by their index; the texts only when no title fits."""
    with unit_of_work() as session:
        session.execute(insert(Article), [_row(world, n) for n in range(3_000)])
        session.execute(text("analyze article"))
    asked = principal(world.end_user)
    with queries() as told:
        assert len(api.suggest(asked, "bed list number seven")) == 5
    assert len([s for s in told if s.lower().startswith(("select", "with"))]) <= 2
    assert "ix_article_topic" in _plan(asked, "rarest")


def _row(world, n):
    body = f"Words of article {n}, with the bed list and the report."
    word = "rarest" if n == 1 else "bed list"
    return {
        "lead_id": world.lead.id,
        "coc_id": world.coc.id,
        "kind": "faq",
        "audience": "public",
        "state": "published",
        "title": f"Article {n} about the {word}",
        "body": body,
        "plain": to_plain(body),
        "tags": ["report"],
        "version": 1,
        "owner_id": world.agent.id,
        "review_on": NEXT_YEAR,
        "created_at": clock.now(),
        "updated_at": clock.now(),
        "retired_because": "",
        "helpful": 0,
        "unhelpful": 0,
    }


def _plan(asked, typed):
    query = sharing(readable(asked), typed, Article.topic, 5)
    compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    return "\n".join(db.session.connection().exec_driver_sql(f"explain {compiled}").scalars())


def test_a_page_of_the_search_asks_no_more_for_more_articles(client, world):
    def asked():
        db.session.expire_all()
        with queries() as told:
            assert client.get("/knowledge?q=move").status_code == 200
        return len(told)

    made(world)
    sign_in(client, world.end_user)
    few = asked()
    for n in range(10):
        made(world, title=f"Move {n}")
    assert asked() == few


def test_words_of_the_title_are_on_the_page_of_what_was_found(client, world):
    made(world, title="Bed lists", body="On the second tab.")
    assert "Bed lists Questions asked often" in words(read(client, world.end_user, "/knowledge?q=bed"))
