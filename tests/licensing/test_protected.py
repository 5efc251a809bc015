"""A request for a protected project waits for who is named for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db import db
from core.people.models import Project
from tests.licensing.acting import (
    activate,
    confirm_all,
    decide,
    license_of,
    lines_of,
    mails,
    read,
    request_again,
    request_made,
    words,
)
from tests.support.factories import make_world
from tests.support.signing_in import sign_in


def set_up(client, world, approver):
    form = {"name": "Youth nights", "hud_type": "1", "is_protected": "y", "approver": approver}
    answer = sign_in(client, world.manager).post(f"/agencies/{world.agency.id}/projects/new", data=form)
    assert answer.status_code == 302
    return db.session.scalar(select(Project).where(Project.name == "Youth nights"))


def approve(client, person, row, project, reason="She works nights."):
    form = {f"protected-{project.id}-reason": reason}
    return sign_in(client, person).post(f"/access/{row.id}/protected/{project.id}", data=form)


@pytest.mark.parametrize(
    ("approver", "who"),
    [("lead-manager", "manager"), ("executive-director", "director"), ("security-officer", "security_officer")],
)
def test_only_who_is_named_approves_and_nothing_is_activated_before(client, app, at_noon, approver, who):
    world = make_world("missouri")
    project = set_up(client, world, approver)
    row = request_made(client, world, projects=[str(world.project.id), str(project.id)])
    named = getattr(world, who)
    [mail] = mails("access-protected")
    assert (mail.address, "None" in mail.body_text + mail.body_html) == (named.email, False)
    assert f"http://hearthdesk.test/access/{row.id}" in mail.body_text
    assert "Youth nights" in mail.body_html
    assert "Approve the protected project" in read(client, named, "/")
    decide(client, world.manager, row)
    confirm_all(client, world.admin, row)
    early = activate(client, world.manager, row)
    assert early.status_code == 409
    assert "Not yet: protected project" in words(early)
    for role, person in world.by_role().items():
        if role not in (who, "end_user"):
            assert approve(client, person, row, project).status_code == 403, role
    empty = approve(client, named, row, project, "")
    assert empty.status_code == 422
    assert approve(client, named, row, project).status_code == 302
    again = approve(client, named, row, project, "Once more.")
    assert again.status_code == 409
    assert lines_of(row)[f"protected-{project.id}"] == "met"
    assert "She works nights." in read(client, world.representative, f"/access/{row.id}")
    assert activate(client, world.manager, row).status_code == 302
    held = license_of(request_again(row.id).person, world.agency)
    assert {one.name for one in held.projects} == {world.project.name, "Youth nights"}


def test_what_is_not_protected_waits_for_nobody(client, app, at_noon):
    world = make_world("missouri")
    set_up(client, world, "executive-director")
    row = request_made(client, world)
    assert not [key for key in lines_of(row) if key.startswith("protected-")]
    assert approve(client, world.director, row, world.project).status_code == 422
    assert not mails("access-protected")
