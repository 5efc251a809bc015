"""Looking after other people's sign-ins: invite, unlock, reset a lost second factor, ask for a new password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.accounts import manage, rules, services
from core.accounts.blueprint import bp
from core.accounts.models import Account
from core.accounts.permissions import Permission
from core.authz import current_principal, principal_for, requires
from core.db import unit_of_work
from core.paging import page_of
from core.people.models import Person
from core.ui.nav import Area, NavItem, register

register(NavItem(Area.ADMIN, "Sign-ins", "accounts.sign_ins", Permission.ACCOUNT_MANAGE))


@bp.get("/sign-ins")
@requires(Permission.ACCOUNT_MANAGE)
def sign_ins() -> Any:
    at, by = clock.now(), current_principal()
    text, only_locked = request.args.get("q", "")[:100], request.args.get("shown") == "locked"
    page = page_of(manage.people(by, at, text, only_locked), [Person.name, Person.id])
    return render_template(
        "accounts/sign_ins.html",
        page=page,
        text=text,
        shown="locked" if only_locked else "",
        accounts=manage.accounts_of(page),
        state=lambda account: state_of(account, at),
        may=lambda person: manage.may_manage(by, principal_for(person, at)),
    )


def state_of(account: Account | None, at: datetime) -> tuple[str, str]:
    """In a word, and its tone."""
    if account is None:
        return "Not invited", "off"
    if rules.is_locked(account.locked_at, account.locked_until, at):
        return "Locked", "late"
    if not account.password_hash:
        return "Invited", "wait"
    return "Can sign in", "ok"


def _look_after(person_id: int, act: Callable[[Account, datetime], object], said: str) -> Any:
    at = clock.now()
    person = manage.person_in_reach(current_principal(), person_id, at)
    with unit_of_work():
        act(services.account_for(person, at), at)
    flash(said.format(person.name), "success")
    return redirect(url_for(".sign_ins", q=person.email))


@bp.post("/sign-ins/<int:person_id>/invite")
@requires(Permission.ACCOUNT_MANAGE)
def invite(person_id: int) -> Any:
    return _look_after(person_id, lambda account, at: services.invite(account.person, at), "{} is invited by mail.")


@bp.post("/sign-ins/<int:person_id>/unlock")
@requires(Permission.ACCOUNT_MANAGE)
def unlock(person_id: int) -> Any:
    return _look_after(person_id, lambda account, _: services.unlock(account), "{} can sign in again.")


@bp.post("/sign-ins/<int:person_id>/reset-second-factor")
@requires(Permission.ACCOUNT_MANAGE)
def reset_second_factor(person_id: int) -> Any:
    return _look_after(person_id, services.reset_second_factor, "{}'s second factor is removed.")


@bp.post("/sign-ins/<int:person_id>/new-password")
@requires(Permission.ACCOUNT_MANAGE)
def require_new_password(person_id: int) -> Any:
    return _look_after(person_id, services.require_new_password, "{} will choose a new password at the next sign-in.")
