from __future__ import annotations

import pytest

from tests.knowledge.acting import again, made, send, typed, written
from tests.support.factories import make_world
from tests.tickets.acting import read, words

pytestmark = pytest.mark.usefixtures("app", "at_noon")


@pytest.fixture
def world(app, at_noon):
    return make_world("missouri")


def test_an_article_is_written_published_found_and_read(client, world):
    article = written(client, world)
    assert f"/knowledge/{article.id}" in read(client, world.end_user, "/knowledge")
    page = read(client, world.end_user, f"/knowledge/{article.id}")
    assert "Exit the <em>second</em> entry first." in page
    assert "Housing move-in date" in words(page)
