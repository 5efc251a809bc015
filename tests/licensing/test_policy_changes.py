"""A manual that changes: what was decided under one version keeps it; what is undecided follows the new one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.policy import catalog
from licensing.access.models import LicenseState
from tests.licensing.acting import activate, confirm_all, decide, license_of, lines_of, request_again, request_made
from tests.support.factories import make_world

BEFORE = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
AFTER = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
HEAD = """
[pack]
name = "riverbend"
title = "Riverbend"
effective = {day}
extends = "missouri"
base = false
zone = "America/Chicago"
day_ends = 23:59:59
calendar = "us-federal"
"""
STRICTER = """
[gates.license]
rule = "MO-LI-1"
source = "001"
section = "HMIS User Access"
says = "What the Lead has on file before it gives anybody access."
needs = "all"
[[gates.license.requires]]
requirement = "manager-approval"
rule = "MO-LI-3"
section = "HMIS User Access: HMIS Lead Procedure"
says = "The manager approved it."
[[gates.license.requires]]
requirement = "background-check"
rule = "MO-LI-1"
section = "HMIS User Access"
says = "A background check is on file."
"""


@pytest.fixture
def riverbend(app, tmp_path):
    """A community's own pack in a folder of its own, the second version of which asks for one thing more."""
    folder = tmp_path / "riverbend"
    folder.mkdir()
    (folder / "2020-01-01.toml").write_text(HEAD.format(day="2020-01-01"))
    (folder / "2026-12-01.toml").write_text(HEAD.format(day="2026-12-01") + STRICTER)
    built_in, kept = catalog.folders, catalog.__dict__.pop("_paths", None)
    catalog.folders = (*built_in, tmp_path)
    yield
    catalog.folders = built_in
    catalog.__dict__.pop("_paths", None)
    if kept is not None:
        catalog.__dict__["_paths"] = kept


def test_what_was_decided_keeps_its_version_and_what_was_not_follows_the_new_one(client, riverbend, travel):
    travel(BEFORE)
    world = make_world("riverbend")
    decided = request_made(client, world)
    waiting = request_made(client, world, email="o.hale@agency.test")
    decide(client, world.manager, decided)
    travel(AFTER)
    assert "background-check" not in lines_of(decided)
    assert lines_of(waiting)["background-check"] == "missing"
    confirm_all(client, world.admin, decided)
    assert activate(client, world.manager, decided).status_code == 302
    row = request_again(decided.id)
    assert row.pack_version == date(2020, 1, 1)
    assert license_of(row.person, world.agency).state is LicenseState.ACTIVE

    decide(client, world.manager, waiting)
    assert request_again(waiting.id).pack_version == date(2026, 12, 1)
    assert activate(client, world.manager, waiting).status_code == 409
