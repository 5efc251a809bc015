"""The gallery app, signed in as a manager in Saint Louis, at 4:30 PM on Friday, November 20, 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import clock
from tests.ui.gallery import NOW, lena, make_app, permission_to_look


@pytest.fixture
def gallery() -> Iterator[Flask]:
    app = make_app()
    app.config["PRINCIPAL"] = lena()
    with permission_to_look(), clock.frozen(NOW):
        yield app


@pytest.fixture
def look(gallery: Flask) -> FlaskClient:
    return gallery.test_client()
