from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.people.models import Membership, StaffRole
from helpdesk.knowledge.models import Article, ArticleVersion
from helpdesk.knowledge.rules import Act, Audience, State, acts
from tests.knowledge.acting import again, key, made, send, typed, written
from tests.support.counting import queries
from tests.support.factories import LONG_AGO, make_agency, make_coc, make_staff, make_world, member
from tests.support.signing_in import sign_in, sign_out
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def listed(client, person, query=""):
    page = read(client, person, f"/knowledge?{query}")
    return [int(number) for number in re.findall(r'href="/knowledge/(\d+)"', page)]


def many(world, count):
    return [made(world, title=f"Article {n}") for n in range(count)]


KINDS = {
    "faq": "Questions asked often",
    "forms": "Data collection forms",
    "data-entry-guides": "Data entry guides",
    "reporting-tip-sheets": "Reporting tip sheets",
}


@pytest.mark.rule("MO-HD-7")
def test_end_users_find_every_kind_that_the_manual_names(client, world):
    articles = {kind: written(client, world, kind=kind, title=f"About {kind}") for kind in KINDS}
    for kind, label in KINDS.items():
        assert listed(client, world.end_user, f"kind={kind}") == [articles[kind].id]
        assert label in words(read(client, world.end_user, f"/knowledge/{articles[kind].id}"))
    assert "Missouri HMIS Policies" in words(read(client, world.end_user, "/knowledge"))


@pytest.mark.rule("MO-HD-7")
def test_a_kind_that_the_manual_does_not_name_is_refused(client, world):
    answer = send(client, world.agent, "/knowledge/new", typed(world, kind="video"))
    assert answer.status_code == 422
    assert "Choose: Questions asked often, Data collection forms" in words(answer.get_data(as_text=True))
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


def test_where_no_manual_names_kinds_it_is_the_leads_own_practice(client, app):
    world = make_world("sonoma", "America/Los_Angeles")
    page = words(read(client, world.agent, "/knowledge/new"))
    assert "names no kinds of article: a knowledge base is the HMIS Lead's own practice" in page.replace("&#39;", "'")
    assert send(client, world.agent, "/knowledge/new", typed(world)).status_code == 422
    article = written(client, world, kind="article")
    assert article.state is State.PUBLISHED


def test_an_article_is_written_published_found_and_read(client, world):
    article = written(client, world)
    assert listed(client, world.end_user) == [article.id]
    assert "Exit the <em>second</em> entry first." in read(client, world.end_user, f"/knowledge/{article.id}")


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (State.DRAFT, {Act.EDIT, Act.PUBLISH, Act.RESTORE, Act.RETIRE}),
        (State.PUBLISHED, {Act.EDIT, Act.REVIEW, Act.RESTORE, Act.RETIRE}),
        (State.RETIRED, {Act.PUBLISH}),
    ],
)
def test_every_state_takes_the_acts_it_should(state, possible):
    assert acts(state) == possible


def test_a_draft_is_the_leads_own(client, world):
    draft = written(client, world, publish=None)
    assert listed(client, world.end_user) == []
    read(client, world.end_user, f"/knowledge/{draft.id}", 404)
    assert "only Lead staff see it" in read(client, world.trainer, f"/knowledge/{draft.id}")
    sign_in(client, world.agent).post(f"/knowledge/{draft.id}/publish")
    assert listed(client, world.end_user) == [draft.id]


def test_readers_see_what_is_for_them(client, world):
    for_staff = made(world, audience=Audience.STAFF, title="For staff")
    for_all = made(world, title="For those signed in")
    public = made(world, audience=Audience.PUBLIC, title="For everybody")
    assert set(listed(client, world.end_user)) == {for_all.id, public.id}
    assert set(listed(client, world.trainer)) == {for_staff.id, for_all.id, public.id}
    sign_out(client)
    page = client.get("/help").get_data(as_text=True)
    assert "For everybody" in page
    assert "For those signed in" not in page
    assert client.get(f"/help/{public.id}").status_code == 200
    assert client.get(f"/help/{for_all.id}").status_code == 404
    assert client.get(f"/knowledge/{for_all.id}").status_code == 302


def test_an_article_of_one_community_is_not_for_another(client, world):
    next_door = make_coc(world.lead)
    neighbour = member(make_agency(next_door))
    theirs, all_of_them = made(world), None
    form = typed(world, place=f"lead-{world.lead.id}", publish="1", title="For all communities")
    all_of_them = int(send(client, world.agent, "/knowledge/new", form).location.rsplit("/", 1)[1])
    assert set(listed(client, world.end_user)) == {theirs.id, all_of_them}
    assert listed(client, neighbour) == [all_of_them]
    read(client, neighbour, f"/knowledge/{theirs.id}", 404)


def test_the_manager_of_one_community_writes_there_and_reads_what_is_for_all(client, world):
    form = typed(world, place=f"lead-{world.lead.id}", publish="1")
    for_all = int(send(client, world.agent, "/knowledge/new", form).location.rsplit("/", 1)[1])
    read(client, world.manager, f"/knowledge/{for_all}")
    assert send(client, world.manager, f"/knowledge/{for_all}/edit", typed(world)).status_code == 403
    refused = send(client, world.manager, "/knowledge/new", typed(world, place=f"lead-{world.lead.id}"))
    assert refused.status_code == 422
    assert written(client, world, world.manager, owner_id=str(world.manager.id)).state is State.PUBLISHED


def test_a_form_sent_twice_is_one_article(client, world):
    form = typed(world)
    first, second = (send(client, world.agent, "/knowledge/new", form).location for _ in range(2))
    assert first == second
    changed = send(client, world.agent, "/knowledge/new", form | {"title": "Another"})
    assert changed.status_code == 409
    assert "sent before, with other words" in words(changed.get_data(as_text=True))
    fresh = re.search(r'name="nonce"[^>]*value="([^"]+)"', changed.get_data(as_text=True)).group(1)
    assert send(client, world.agent, "/knowledge/new", form | {"title": "Another", "nonce": fresh}).status_code == 302


# --- versions -----------------------------------------------------------------------------------


def change(client, world, article, by=None, **values):
    form = typed(world, base=str(article.version), why="It was wrong.", **values)
    return send(client, by or world.agent, f"/knowledge/{article.id}/edit", form)


def test_every_change_is_a_version_that_can_be_read_compared_and_restored(client, world):
    article = made(world)
    assert change(client, world, article, body="Exit the *newest* entry.\n\nThen save.", tags="").status_code == 302
    history = words(read(client, world.manager, f"/knowledge/{article.id}/versions"))
    assert "Version 3 It was wrong. Ana Petrov Fri, Nov 20, 2026, 12:00 PM" in history
    assert "First version." in history
    assert "Exit the second entry first." in read(client, world.manager, f"/knowledge/{article.id}/versions/1")
    compared = read(client, world.manager, f"/knowledge/{article.id}/compare?from=1&to=3")
    assert "<del>Exit the second entry first.</del>" in compared
    assert "<ins>Exit the *newest* entry.</ins>" in compared
    assert sign_in(client, world.agent).post(f"/knowledge/{article.id}/versions/1/restore").status_code == 302
    row = again(article.id)
    assert (row.body, row.version) == ("Exit the second entry first.", 4)
    last = db.session.scalars(select(ArticleVersion).order_by(ArticleVersion.id.desc())).first()
    assert (last.restores, last.why) == (1, "Version 1 restored.")


def test_versions_are_for_the_leads_staff(client, world):
    article = made(world)
    for path in ("versions", "versions/1", "compare"):
        read(client, world.end_user, f"/knowledge/{article.id}/{path}", 403)


def test_the_second_of_two_who_edit_is_told_and_keeps_what_they_typed(client, world):
    article = made(world)
    opened_at = article.version
    assert change(client, world, article, title="Move-in date, in three steps").status_code == 302
    mine = typed(world, base=str(opened_at), body="My own words.", title="My own title", why="To be clearer.")
    answer = send(client, world.trainer, f"/knowledge/{article.id}/edit", mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Ana Petrov changed the title, the text and the tags while you were writing." in words(page)
    assert "It was wrong." in page
    assert "<ins>Exit the *second* entry first.</ins>" in page
    assert "My own words.</textarea>" in page
    assert 'value="My own title"' in page
    assert again(article.id).title == "Move-in date, in three steps"
    base = re.search(r'name="base"[^>]*value="(\d+)"', page).group(1)
    fresh = re.search(r'name="nonce"[^>]*value="([^"]+)"', page).group(1)
    saved = send(client, world.trainer, f"/knowledge/{article.id}/edit", mine | {"base": base, "nonce": fresh})
    assert saved.status_code == 302
    assert again(article.id).title == "My own title"


def test_every_change_is_in_the_audit_trail(client, world):
    article = written(client, world)
    change(client, world, article)
    client.post(f"/knowledge/{article.id}/helpful", data={"nonce": key(), "helpful": "yes"})
    client.post(f"/knowledge/{article.id}/retire", data={"nonce": key(), "because": "Old."})
    acts = select(AuditEvent.action).where(AuditEvent.subject_type == "article").order_by(AuditEvent.seq)
    told = list(db.session.scalars(acts))
    assert told == ["article.written", "article.published", "article.edited", "article.voted", "article.retired"]


# --- retired ------------------------------------------------------------------------------------


def test_the_address_of_a_retired_article_says_so_and_where_to_go(client, world):
    old, new = made(world, title="Old steps", audience=Audience.PUBLIC), made(world, title="New steps")
    form = {"nonce": key(), "because": "The screen has changed.", "replaced_by_id": str(new.id)}
    assert send(client, world.agent, f"/knowledge/{old.id}/retire", form).status_code == 302
    gone = read(client, world.end_user, f"/knowledge/{old.id}", 410)
    assert "This article was retired" in gone
    assert "The screen has changed." in gone
    assert f'href="/knowledge/{new.id}">New steps' in gone
    assert listed(client, world.end_user) == [new.id]
    sign_out(client)
    stranger = client.get(f"/help/{old.id}")
    assert stranger.status_code == 410
    assert "New steps" not in stranger.get_data(as_text=True), "a stranger could not read it there"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"because": ""}, "Say why."),
        ({"because": "Old.", "replaced_by_id": "99999"}, "There is no published article 99999."),
        ({"because": "Old.", "replaced_by_id": "itself"}, "An article cannot replace itself."),
        ({"because": "Client SSN 123-45-6789."}, "looks like a client"),
    ],
)
def test_what_cannot_be_retired_says_why(client, world, values, told):
    article = made(world)
    form = {k: str(article.id) if v == "itself" else v for k, v in values.items()}
    answer = send(client, world.agent, f"/knowledge/{article.id}/retire", {"nonce": key(), **form})
    assert answer.status_code == 422
    assert told in words(answer.get_data(as_text=True))
    assert again(article.id).state is State.PUBLISHED


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"title": "x" * 201}, "This is longer than 200 letters. Shorten it."),
        ({"title": "  "}, "Give it a title."),
        ({"body": ""}, "Write the article first."),
        ({"body": "x" * 50_001}, "This is longer than 50,000 letters."),
        ({"review_on": "2026-11-19"}, "Thu, Nov 19, 2026 has passed. Give today or a later day."),
        ({"review_on": "9999-12-31"}, "more than five years ahead"),
        ({"review_on": "soon"}, "This is not a date."),
        ({"tags": ",".join(f"tag{n}" for n in range(13))}, "Give at most 12 tags."),
        ({"owner_id": "424242"}, "The owner must be Lead staff where the article holds."),
        ({"place": "coc-424242"}, "Choose where the article holds."),
        ({"audience": "nobody"}, "Not a valid choice"),
        ({"body": "Her SSN is 123-45-6789."}, "looks like a client"),
        ({"body": "Her SSN is 123-**45**-6789."}, "looks like a client"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_stays(client, world, values, told):
    form = typed(world, **{"tags": "kept, words", **values})
    answer = send(client, world.agent, "/knowledge/new", form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in words(page).replace("&#39;", "'")
    kept = 'value="kept, words"' if "tags" not in values else "Exit the *second* entry first.</textarea>"
    assert kept in page
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-21"])
def test_a_review_may_be_today_or_later(client, world, day):
    assert written(client, world, review_on=day).review_on.isoformat() == day


def test_an_end_user_cannot_write(client, world):
    article = made(world)
    read(client, world.end_user, "/knowledge/new", 403)
    assert send(client, world.end_user, f"/knowledge/{article.id}/edit", typed(world)).status_code == 403


# --- lists --------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_gap_or_repeat(client, world):
    articles = many(world, 30)
    first = read(client, world.end_user, "/knowledge")
    following = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    seen = [re.findall(r'href="/knowledge/(\d+)"', page) for page in (first, read(client, world.end_user, following))]
    assert [len(page) for page in seen] == [25, 5]
    assert [int(n) for page in seen for n in page] == [a.id for a in reversed(articles)]


def test_filters_narrow_the_list(client, world):
    draft = made(world, publish=False, title="Draft")
    public = made(world, audience=Audience.PUBLIC, title="Public", tags=["exit"])
    assert listed(client, world.agent, "state=draft") == [draft.id]
    assert listed(client, world.agent, "audience=public") == [public.id]
    assert listed(client, world.agent, "tag=exit") == [public.id]
    assert len(listed(client, world.agent, "state=nonsense&kind=&audience=%00")) == 2


def test_the_number_of_queries_does_not_grow_with_the_rows(client, world):
    def asked():
        db.session.expire_all()
        with queries() as told:
            assert client.get("/knowledge").status_code == 200
        return len(told)

    made(world)
    sign_in(client, world.agent)
    few = asked()
    many(world, 20)
    assert asked() == few
    assert few <= 12


def test_pages_of_two_places_of_one_person_are_one_list(client, world):
    """A trainer who also works at an agency elsewhere reads both."""
    far = make_world("missouri")
    both = make_staff(world.lead, StaffRole.TRAINER)
    theirs, ours = made(far), made(world)
    with unit_of_work() as session:
        session.add(Membership(person_id=both.id, agency_id=far.agency.id, started_on=LONG_AGO))
    assert set(listed(client, both)) == {theirs.id, ours.id}
    read(client, both, f"/knowledge/{theirs.id}/versions", 403)
