"""The command, on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner

from core.cli import hearthdesk
from demo.signins import NAMES
from tests.demo.conftest import emptied


@pytest.fixture
def environment(the_app: APIFlask, database_url: str, tmp_path: Path, monkeypatch) -> Iterator[pytest.MonkeyPatch]:
    settings = {
        "HEARTHDESK_MODE": "demo",
        "HEARTHDESK_DATA": str(tmp_path),
        "HEARTHDESK_SECRET_KEY": the_app.config["HEARTHDESK"].secret_key,
        "DATABASE_URL": database_url.replace("postgresql+psycopg://", "postgresql://"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with emptied(the_app):
        yield monkeypatch


def test_small_prints_what_it_made_and_how_to_sign_in(environment):
    done = CliRunner().invoke(hearthdesk, ["demo", "--scale", "small", "--seed", "2", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["tables"]["agency"] == 43
    assert told["rows"] == sum(told["tables"].values())
    assert [row["role"] for row in told["sign_ins"]] == list(NAMES.values())
    again = CliRunner().invoke(hearthdesk, ["demo"])
    assert again.exit_code != 0
    assert "There is data in this database already." in str(again.exception)


def test_large_shows_its_progress(environment):
    done = CliRunner().invoke(hearthdesk, ["demo", "--scale", "large", "--share", "0.0005"])
    assert done.exit_code == 0, done.output
    assert "rows in" in done.output


def test_production_is_refused(environment):
    environment.setenv("HEARTHDESK_MODE", "production")
    done = CliRunner().invoke(hearthdesk, ["demo"])
    assert done.exit_code != 0
    assert "production" in str(done.exception)
