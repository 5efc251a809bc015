"""What the tests of the knowledge base do over and over, through the pages."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core import clock
from core.authz import principal_for
from core.db import db, unit_of_work
from core.people.models import Person
from helpdesk.knowledge import services, standing
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.rules import Audience
from helpdesk.knowledge.services import Written
from tests.support.factories import World
from tests.support.signing_in import sign_in

_keys = count(1)
TODAY = date(2026, 11, 20)
NEXT_YEAR = TODAY + timedelta(days=365)


def key() -> str:
    return f"article-{next(_keys)}"


def typed(world: World, **values: Any) -> dict[str, Any]:
    """The form of an article of the world's community, filled in."""
    form = {
        "nonce": key(),
        "base": "1",
        "title": "Housing move-in date",
        "body": "Exit the *second* entry first.",
        "place": f"coc-{world.coc.id}",
        "kind": "faq",
        "audience": "signed-in",
        "tags": "move-in, exit",
        "owner_id": str(world.agent.id),
        "review_on": NEXT_YEAR.isoformat(),
        "why": "First version.",
    }
    return {name: value for name, value in (form | values).items() if value is not None}


def send(client: FlaskClient, person: Person, path: str, form: dict[str, Any]) -> TestResponse:
    return sign_in(client, person).post(path, data=form)


def written(client: FlaskClient, world: World, by: Person | None = None, **values: Any) -> Article:
    """Somebody writes an article on the page and publishes it, unless told not to (`publish=None`)."""
    form = typed(world, **{"publish": "1", **values})
    answer = send(client, by or world.agent, "/knowledge/new", form)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return again(int(answer.location.rsplit("/", 1)[1]))


def made(world: World, by: Person | None = None, *, publish: bool = True, **values: Any) -> Article:
    """The same without the page."""
    person = by or world.agent
    principal = principal_for(person, clock.now())
    asked = {
        "place": next(p for p in standing.places_to_write(principal) if p.coc and p.coc.id == world.coc.id),
        "title": "Housing move-in date",
        "body": "Exit the second entry first.",
        "kind": "faq",
        "audience": Audience.SIGNED_IN,
        "tags": [],
        "review_on": NEXT_YEAR,
        "owner_id": person.id,
        "why": "First version.",
        "once": None,
        **values,
    }
    with unit_of_work():
        article = services.write(Written(**asked), principal, clock.now())
        if publish:
            services.publish(article, principal, clock.now())
    return article


def again(article_id: int) -> Article:
    row = db.session.get(Article, article_id, populate_existing=True)
    assert row is not None
    return row
