"""Looking after other people's sign-ins, through the pages and the command line."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from core import clock
from core.accounts import cli
from core.audit import AuditEvent
from core.db import db, unit_of_work
from core.people.models import CoC, DesignationKind, LeadStaff, Person, StaffRole
from tests.accounts.visitor import Visitor, mails
from tests.support.factories import LONG_AGO, World, designate, join, make_lead, make_staff, make_world
from tests.support.signing_in import account_for, sign_in

ACTS = ("invite", "unlock", "reset-second-factor", "new-password")


def make_staff_of(of: World, person: Person, role: StaffRole, coc: CoC | None = None) -> None:
    """A role at that Lead for somebody who already has one elsewhere."""
    with unit_of_work() as session:
        session.add(
            LeadStaff(
                lead_id=of.lead.id,
                coc_id=coc.id if coc else None,
                person_id=person.id,
                role=role,
                skills=[],
                started_on=LONG_AGO,
            )
        )


def lock(person) -> None:
    account = account_for(person)
    with unit_of_work():
        account.locked_at = clock.now()


def test_an_agency_administrator_unlocks_their_people(app, vermont: World, client):
    lock(vermont.end_user)
    sign_in(client, vermont.administrator)
    assert "Locked" in client.get("/sign-ins?shown=locked").text
    assert client.post(f"/sign-ins/{vermont.end_user.id}/unlock").status_code == 302
    Visitor(app).sign_in(vermont.end_user)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.unlocked")).one()
    assert event.actor_id == vermont.administrator.id


@pytest.mark.parametrize("act", ACTS)
def test_another_agencys_people_are_not_there(world: World, client, act: str):
    lock(world.other_end_user)
    sign_in(client, world.administrator)
    assert client.post(f"/sign-ins/{world.other_end_user.id}/{act}").status_code == 404
    assert client.post(f"/sign-ins/99999/{act}").status_code == 404
    assert world.other_end_user.name not in client.get("/sign-ins").text
    assert world.other_end_user.name not in client.get(f"/sign-ins?q={world.other_end_user.email}").text
    assert account_for(world.other_end_user).locked_at is not None


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["end_user", "representative", "security_officer", "director", "agent", "trainer"])
def test_who_may_not(world: World, client, role: str, act: str):
    sign_in(client, world.by_role()[role])
    assert client.get("/sign-ins").status_code == 403
    assert client.post(f"/sign-ins/{world.other_end_user.id}/{act}").status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_a_manager_does_not_touch_lead_staff(world: World, client, act: str):
    fellow = make_staff(world.lead, StaffRole.AGENT, world.coc)
    account_for(fellow)
    sign_in(client, world.manager)
    assert client.post(f"/sign-ins/{fellow.id}/{act}").status_code == 403
    assert client.post(f"/sign-ins/{world.manager.id}/{act}").status_code == 403


def test_another_leads_people_are_not_there(world: World, client):
    elsewhere = make_staff(make_lead(), StaffRole.AGENT)
    sign_in(client, world.admin)
    assert client.post(f"/sign-ins/{elsewhere.id}/invite").status_code == 404


def refused(client, by, other) -> bool:
    """Whether every deed is refused to `by` and the list, which shows the person, offers none of them."""
    account_for(other)
    sign_in(client, by)
    offers = f"/sign-ins/{other.id}/" in client.get("/sign-ins", query_string={"q": other.email}).text
    answers = {client.post(f"/sign-ins/{other.id}/{act}").status_code for act in ACTS}
    assert (answers == {403}) is not offers
    return answers == {403}


def test_who_also_serves_another_lead_is_beyond_either_leads_administrator(world: World, client):
    """The second factor is one for both: whoever could remove it would hold the other Lead's door open."""
    second = make_world()
    make_staff_of(second, world.agent, StaffRole.TRAINER)
    assert refused(client, world.admin, world.agent)
    assert refused(client, second.admin, world.agent)
    assert account_for(world.agent).totp_confirmed_at is not None


@pytest.mark.parametrize("kinds", [(), (DesignationKind.ADMINISTRATOR,), (DesignationKind.EXECUTIVE_DIRECTOR,)])
def test_who_also_works_at_an_agency_out_of_reach_is_the_widers_to_look_after(world: World, client, kinds):
    """By somebody of the agency alone no; by the Lead's administrator, whose reach holds both, yes."""
    join(world.end_user, world.other_agency)
    for kind in kinds:
        designate(world.end_user, world.other_agency, kind)
    assert refused(client, world.administrator, world.end_user)
    assert not refused(client, world.manager, world.end_user)
    assert not refused(client, world.admin, world.end_user)


def test_an_agency_under_another_lead_is_beyond_them_all(world: World, client):
    second = make_world()
    join(world.end_user, second.agency)
    for by in (world.administrator, world.manager, world.admin, second.administrator, second.manager, second.admin):
        assert refused(client, by, world.end_user)


def test_who_worked_elsewhere_once_is_within_reach_again(world: World, client, at_noon):
    once = join(world.end_user, make_world().agency)
    with unit_of_work():
        once.ended_at = at_noon - timedelta(days=1)
    assert not refused(client, world.administrator, world.end_user)


def test_an_administrator_here_is_none_where_they_only_manage(world: World, client):
    """Administrator of one Lead, manager of a CoC of another: the other Lead's staff stay its own."""
    second = make_world()
    make_staff_of(second, world.admin, StaffRole.MANAGER, second.coc)
    fellow = make_staff(second.lead, StaffRole.AGENT, second.coc)
    assert refused(client, world.admin, fellow)
    assert not refused(client, second.admin, fellow)


def test_an_administrator_of_one_coc_does_not_touch_the_whole_leads_staff(world: World, client):
    local = make_staff(world.lead, StaffRole.ADMIN, world.coc)
    fellow = make_staff(world.lead, StaffRole.AGENT, world.coc)
    make_staff_of(world, fellow, StaffRole.TRAINER)
    assert refused(client, local, fellow)
    assert not refused(client, local, make_staff(world.lead, StaffRole.AGENT, world.coc))


def test_inviting(world: World, client):
    sign_in(client, world.manager)
    assert client.post(f"/sign-ins/{world.end_user.id}/invite").status_code == 302
    assert len(mails(world.end_user, "account-invitation")) == 1
    page = client.get(f"/sign-ins?q={world.end_user.email}").text
    assert "Invited" in page
    assert "Invite again" in page


def test_a_lost_phone(world: World, client, visitor: Visitor):
    visitor.sign_in(world.administrator)
    sign_in(client, world.admin)
    client.post(f"/sign-ins/{world.administrator.id}/reset-second-factor")
    assert not visitor.is_in
    assert visitor.password(world.administrator).location.startswith("/sign-in/second-factor")
    assert "removed by an administrator" in mails(world.administrator, "account-changed")[-1].body_text


def test_a_new_password_asked_for(world: World, client, visitor: Visitor):
    visitor.sign_in(world.end_user)
    sign_in(client, world.manager)
    client.post(f"/sign-ins/{world.end_user.id}/new-password")
    assert not visitor.is_in


def test_the_list_takes_anything_typed(world: World, client):
    sign_in(client, world.admin)
    for text in ("%", "_", "\\", "'", "\0", "é" * 50):
        assert client.get("/sign-ins", query_string={"q": text}).status_code == 200


@pytest.fixture
def run(app, monkeypatch: pytest.MonkeyPatch):
    """The command, attached to the tests' application."""
    from contextlib import nullcontext

    monkeypatch.setattr(cli, "attached_app", nullcontext)
    return lambda *arguments: CliRunner().invoke(cli.accounts, list(arguments))


def test_the_command_line_unlocks(vermont: World, run, visitor: Visitor):
    lock(vermont.admin)
    done = run("unlock", vermont.admin.email.upper(), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["email"] == vermont.admin.email
    visitor.sign_in(vermont.admin)
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.unlocked")).one()
    assert event.actor == "system:command line"


def test_the_command_line_invites_and_resets(world: World, run):
    assert "invitation is on its way" in run("invite", world.admin.email).output
    assert len(mails(world.admin, "account-invitation")) == 1
    account = account_for(world.agent)
    assert run("reset-second-factor", world.agent.email).exit_code == 0
    assert account.totp_confirmed_at is None


def test_an_address_nobody_has(world: World, run):
    done = run("unlock", "nobody@agency.test")
    assert done.exit_code == 1
    assert "Nobody has the address" in str(done.exception)


def test_the_command_line_says_what_is_wrong_with_an_address(world: World, run):
    assert "with plain letters, digits and signs only" in str(run("invite", "zoë@agency.test").exception)
