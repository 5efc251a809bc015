from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.accounts.guard import limiter
from tests.accounts.visitor import Visitor
from tests.support.factories import World, make_world


@pytest.fixture(autouse=True)
def fresh_limits(app) -> Iterator[None]:
    """Every test starts with no tries counted against anybody."""
    limiter.reset()
    yield
    limiter.reset()


@pytest.fixture
def visitor(app) -> Visitor:
    return Visitor(app)


@pytest.fixture
def world(app, at_noon) -> World:
    """Under the Missouri pack, on a Friday at noon."""
    return make_world()


@pytest.fixture
def vermont(app, at_noon) -> World:
    """Under the Vermont pack, which locks after failed logons."""
    return make_world("vermont", "America/New_York")
