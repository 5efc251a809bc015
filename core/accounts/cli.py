"""`hearthdesk setup` makes the first sign-in; `hearthdesk accounts` is for when nobody who could help can sign in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from core.running.attach import attached_app

if TYPE_CHECKING:
    from core.accounts.models import Account


@click.group()
def accounts() -> None:
    """Sign-ins: invite people, unlock them, reset a lost second factor."""


def _act(email: str, as_json: bool, verb: str, said: str) -> None:
    """Do it to the account of that address, in one unit of work; the audit trail names the command line."""
    from core import clock
    from core.accounts import services
    from core.audit import acting_as
    from core.db import unit_of_work
    from core.errors import NotFound
    from core.people.addresses import plain
    from core.people.services import person_by_email

    acts: dict[str, Callable[[Account, datetime], object]] = {
        "invite": lambda account, at: services.invite(account.person, at),
        "unlock": lambda account, _: services.unlock(account),
        "reset": services.reset_second_factor,
    }
    with attached_app():
        person = person_by_email(plain(email))
        if person is None:
            raise NotFound(f"Nobody has the address {email}.", "Check the spelling.")
        with unit_of_work(), acting_as("system:command line"):
            acts[verb](services.account_for(person, clock.now()), clock.now())
        told = {"email": person.email, "name": person.name, "done": said}
    click.echo(json.dumps(told) if as_json else f"{told['name']} <{told['email']}>: {said}.")


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@accounts.command()
@click.argument("email")
@as_json_option
def invite(email: str, as_json: bool) -> None:
    """Mail EMAIL a link to choose a password."""
    _act(email, as_json, "invite", "an invitation is on its way by mail")


@accounts.command()
@click.argument("email")
@as_json_option
def unlock(email: str, as_json: bool) -> None:
    """Let EMAIL sign in again after too many wrong tries."""
    _act(email, as_json, "unlock", "the account is not locked")


@accounts.command()
@click.argument("email")
@as_json_option
def reset_second_factor(email: str, as_json: bool) -> None:
    """Forget the lost phone of EMAIL; where a second factor is needed, the next sign-in sets up another."""
    _act(email, as_json, "reset", "the second factor is removed")


@click.command()
@click.option("--lead", required=True, help="The HMIS Lead's name.")
@click.option("--tz", required=True, help="Its time zone, such as America/Chicago.")
@click.option("--support-address", required=True, help="Where people write for help.")
@click.option("--coc", required=True, help="HUD's code of its first CoC, such as MO-500.")
@click.option("--coc-name", required=True, help="The CoC's name.")
@click.option("--pack", required=True, help="The policy pack that governs it; `hearthdesk policy list` names them.")
@click.option("--admin-name", required=True, help="Who administers the service for the Lead.")
@click.option("--admin-email", required=True, help="That person's address; the invitation goes there.")
@as_json_option
def setup(as_json: bool, **given: str) -> None:
    """Make the first HMIS Lead, its CoC and its administrator, who can then sign in with the link this prints."""
    from core import clock
    from core.accounts.first import FirstSetUp, set_up
    from core.audit import acting_as
    from core.db import unit_of_work

    with attached_app() as app:
        with unit_of_work(), acting_as("system:command line"):
            link = set_up(FirstSetUp(**given), clock.now())
        mailed = bool(app.config["HEARTHDESK"].smtp_url)
    told = {"lead": given["lead"], "admin": given["admin_email"], "link": link, "mailed": mailed}
    click.echo(json.dumps(told) if as_json else _welcome(given["lead"], given["admin_email"], link, mailed))


def _welcome(lead: str, admin: str, link: str, mailed: bool) -> str:
    sent = "The same link is on its way to them by mail." if mailed else "No SMTP_URL is set, so no mail brings it."
    return f"{lead} is set up. {admin} chooses a password here, once, within seven days:\n{link}\n{sent}"


commands = [accounts, setup]
