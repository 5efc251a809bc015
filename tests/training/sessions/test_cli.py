"""`hearthdesk attendance import`, on the test's own database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.cli import hearthdesk
from core.deadlines import fire_due
from core.errors import DomainError
from tests.support.factories import World, make_world
from tests.training.sessions.acting import attendance, committed, planned, zoom
from training.sessions import cli
from training.sessions.models import TrainingSession

pytestmark = pytest.mark.usefixtures("app", "at_noon")
WHOLE = ("2026-12-02 18:00:00", "2026-12-02 20:00:00")


@pytest.fixture
def world() -> World:
    return make_world("vermont")


@pytest.fixture
def row(client, world, travel) -> TrainingSession:
    made = planned(client, world)
    travel(made.ends_at)
    fire_due()
    return made


@pytest.fixture
def run(app, monkeypatch, tmp_path: Path) -> Callable[..., Result]:
    @contextmanager
    def here() -> Iterator[None]:
        yield

    monkeypatch.setattr(cli, "attached_app", here)

    def call(data: bytes, *options: str) -> Result:
        file = tmp_path / "report.csv"
        file.write_bytes(data)
        return CliRunner().invoke(hearthdesk, ["attendance", "import", str(file), *options])

    return call


def asked(row: TrainingSession, world: World, *more: str) -> list[str]:
    return ["--session", str(row.id), "--tz", "America/Chicago", "--by", world.trainer.email, *more]


def test_a_preview_saves_nothing_and_commit_does(world, row, run):
    data = zoom((world.end_user.name, "", *WHOLE))
    told = run(data, *asked(row, world))
    assert (told.exit_code, told.output.splitlines()[0]) == (
        0, "Preview, nothing saved: 1 recognized, 0 may be several people, 0 not known, 0 none of ours.",
    )  # fmt: skip
    assert attendance(row, world.end_user) is None
    told = run(data, *asked(row, world, "--commit", "--json"))
    assert json.loads(told.output)["state"] == "committed"
    assert attendance(row, world.end_user).is_credited


def test_what_is_open_is_not_committed(world, row, run):
    told = run(zoom(("Nobody Known", "", *WHOLE)), *asked(row, world, "--commit"))
    assert isinstance(told.exception, DomainError)
    assert "It is not said yet who “Nobody Known” is." in str(told.exception)


def test_each_mistake_is_one_line_and_not_zero(client, world, row, run):
    data = zoom((world.end_user.name, "", *WHOLE))
    for options, line in (
        (["--session", str(row.id), "--tz", "Mars", "--by", world.trainer.email], "Mars is no time zone"),
        (["--session", str(row.id), "--tz", "UTC", "--by", "who@a.test"], "Nobody here has the address who@a.test"),
    ):
        told = run(data, *options)
        assert told.exit_code == 1
        assert line in told.output
    for by in (world.end_user, world.agent):
        refused = run(data, "--session", str(row.id), "--tz", "UTC", "--by", by.email)
        assert isinstance(refused.exception, DomainError)
    assert isinstance(run(b"PK\x03\x04", *asked(row, world)).exception, DomainError)


def test_what_it_would_ask_is_its_answer(world, row, run):
    data = zoom((world.end_user.name, "", "12/02/2026 18:00:00", "12/02/2026 20:00:00"))
    told = run(data, *asked(row, world, "--commit"))
    assert told.exit_code == 1
    assert "can be read with the day first or with the month first" in told.output
    assert run(data, *asked(row, world, "--commit", "--dates", "month-first")).exit_code == 0
    assert attendance(row, world.end_user).is_credited


def test_bringing_it_again_by_command_replaces_what_the_page_brought(client, world, row, run):
    committed(client, world, row, zoom((world.end_user.name, "", *WHOLE)))
    assert run(zoom((world.director.name, "", *WHOLE)), *asked(row, world, "--commit")).exit_code == 0
    assert not attendance(row, world.end_user).is_credited
