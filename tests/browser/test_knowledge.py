"""The knowledge base in a real browser: every page and state, and Markdown that means harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Request

from core import clock
from core.authz import principal_for
from core.db import unit_of_work
from helpdesk.knowledge import services as knowledge
from helpdesk.knowledge.rules import Audience
from helpdesk.replies import services as replies
from helpdesk.replies.services import Worded
from tests.browser.looking import good
from tests.knowledge.acting import key, made, send, typed
from tests.support.factories import World, make_world
from tests.tickets.acting import do, opened

Enter = Callable[..., Page]
pytestmark = pytest.mark.usefixtures("at_noon")

BODY = """Exit the *second* entry first.

# Steps

1. Open the enrollment.
2. Press **Exit**, and choose `01 Moved from one HOPWA funded project to HOPWA PH`.
3. Save.

### When it is still refused

| What the page says | What to do |
|---|---|
| The date is before the project start | Clear the exit destination and save twice |
| AReallyLongWordWithoutAnyBlankThatHasToBreakSomewhereOnASmallScreen | Tell us |

> Only the newest entry counts.

- [Look at the entry](/tickets)
- https://example.test/a/very/long/address/that/does/not/end/before/the/window/does
"""


@pytest.fixture
def world(app: Flask) -> World:
    return make_world("missouri")


def pages(world: World, app: Flask) -> dict[str, str]:
    """The address of each page and state, by name, as help desk staff."""
    article = made(world, title="Housing move-in date: when it is refused", body=BODY, tags=["move-in", "exit"])
    retired, draft = made(world, title="Old steps"), made(world, title="New reports", publish=False)
    client, agent = app.test_client(), principal_for(world.agent, clock.now())
    for person, helpful, word in ((world.end_user, "no", "Step 2 is not there"), (world.manager, "yes", "")):
        send(client, person, f"/knowledge/{article.id}/helpful", {"nonce": key(), "helpful": helpful, "word": word})
    form = typed(world, base="2", title=article.title, body=BODY.replace("newest", "latest"), why="Other word.")
    assert send(client, world.agent, f"/knowledge/{article.id}/edit", form).status_code == 302
    ticket = opened(world)
    do(client, world.agent, ticket, "close", reason="The second entry was exited.")
    with unit_of_work():
        knowledge.retire(retired, "The screen has changed.", article, agent, clock.now())
        thanks = Worded("Thanks", "Dear {requester_name},\n\nthank you.\n{signature}", is_shared=True)
        kept = replies.keep(world.lead, thanks, agent, clock.now())
    return {
        "list": "/knowledge",
        "least-helpful": "/knowledge?shown=least-helpful",
        "found": "/knowledge?q=exit",
        "nothing": "/knowledge?q=zebra",
        "article": f"/knowledge/{article.id}",
        "retired": f"/knowledge/{retired.id}",
        "draft": f"/knowledge/{draft.id}",
        "edit": f"/knowledge/{article.id}/edit",
        "from-ticket": f"/knowledge/new?ticket={ticket.id}",
        "versions": f"/knowledge/{article.id}/versions",
        "version": f"/knowledge/{article.id}/versions/1",
        "compare": f"/knowledge/{article.id}/compare",
        "replies": "/replies",
        "reply": f"/replies/{kept.id}",
    }


def shoot(view: Page, name: str) -> None:
    if folder := os.environ.get("KB_SHOTS"):
        view.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_and_state(app: Flask, live: str, enter: Enter, world: World, width: int) -> None:
    view = enter(world.agent, width, dark=width == 320)
    for name, path in pages(world, app).items():
        answer = view.goto(live + path)
        assert answer is not None
        assert answer.status == 200, path
        shoot(view, f"{name}-{width}")
        good(view)


@pytest.mark.parametrize("width", [320, 1280])
def test_what_readers_see(app: Flask, live: str, enter: Enter, page: Enter, world: World, width: int) -> None:
    addresses = pages(world, app)
    public = made(world, title="For everybody", body=BODY, audience=Audience.PUBLIC)
    reader, stranger = enter(world.end_user, width), page(width)
    for view, path, name in (
        (reader, "/knowledge", "reader-list"),
        (reader, addresses["article"], "reader-article"),
        (reader, addresses["retired"], "reader-gone"),
        (stranger, "/help", "public-list"),
        (stranger, f"/help/{public.id}", "public-article"),
        (stranger, "/help?q=exit", "public-found"),
    ):
        view.goto(live + path)
        shoot(view, f"{name}-{width}")
        good(view)


def test_two_edit_at_once_and_the_second_sees_what_came_between(
    app: Flask, live: str, enter: Enter, world: World
) -> None:
    article = made(world, body=BODY)
    first, second = enter(world.agent), enter(world.trainer, 320)
    for view in (first, second):
        view.goto(f"{live}/knowledge/{article.id}/edit")
        view.get_by_label("What changed, and why").fill("It was wrong.")
    first.get_by_label("Text").fill(BODY.replace("second", "third"))
    first.get_by_role("button", name="Save").click()
    first.get_by_text("Saved.").wait_for()
    second.get_by_label("Title").fill("My own title")
    second.get_by_role("button", name="Save").click()
    second.get_by_text("changed the text while you were writing").first.wait_for()
    shoot(second, "overtaken-320")
    assert second.get_by_label("Title").input_value() == "My own title"
    good(second)
    second.get_by_role("button", name="Save").click()
    second.get_by_text("Saved.").wait_for()


def test_markdown_that_means_harm_runs_and_fetches_nothing(app: Flask, live: str, enter: Enter, world: World) -> None:
    """Not when it is opened and not when its links are pressed; nothing is asked of any other host."""
    hostile = made(
        world,
        body="<script>document.title = 'run'</script>\n\n<img src=x onerror=\"document.title = 'run'\">\n\n"
        "[press](javascript:document.title='run')\n\n![pixel](https://elsewhere.test/pixel.png)\n\n"
        '<https://safe.test/>\n\n[both](javascript:alert(1) "x")',
        title="<script>document.title = 'run'</script>",
    )
    view = enter(world.end_user)
    asked: list[str] = []
    view.on("request", lambda request: asked.append(_host(request)))
    view.goto(f"{live}/knowledge/{hostile.id}")
    assert "run" not in view.title().replace("<script>document.title = 'run'</script>", "")
    hrefs = [link.get_attribute("href") or "" for link in view.locator(".hd-prose a").all()]
    assert hrefs
    assert all(href.startswith("https://") for href in hrefs)
    assert view.locator(".hd-prose img, .hd-prose script").count() == 0
    assert set(asked) == {live.removeprefix("http://")}


def _host(request: Request) -> str:
    return request.url.split("/")[2]
