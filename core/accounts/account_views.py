"""One's own account: details, second factor, sessions, API tokens."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, url_for

from core import clock
from core.accounts import entry, second_factor, services, sessions, tokens
from core.accounts.blueprint import bp
from core.accounts.forms import ChangePasswordForm, DetailsForm, ProofForm, TokenForm, say
from core.accounts.guard import limiter
from core.accounts.models import Account, EndReason, LoginSession
from core.accounts.rules import NEEDS_SECOND_FACTOR
from core.accounts.visits import current_visit, rules_for
from core.authz import current_principal, found, signed_in
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.ui.nav import Area, NavItem, register

register(NavItem(Area.ACCOUNT, "Your account", "accounts.account", order=10))
register(NavItem(Area.ACCOUNT, "Where you are signed in", "accounts.own_sessions", order=20))
register(NavItem(Area.ACCOUNT, "API tokens", "accounts.own_tokens", order=30))

PROOFS = "10 per minute; 60 per hour"


def _session() -> LoginSession:
    """This browser's session; these pages are not for API tokens."""
    row = current_visit().session
    return found(row)  # type: ignore[no-any-return]


def _account() -> Account:
    return _session().account


@bp.get("/account")
@signed_in
def account() -> Any:
    return _account_page(DetailsForm(obj=_account().person, formdata=None))


def _account_page(form: DetailsForm, status: int = 200) -> Any:
    mine = _account()
    return render_template(
        "accounts/account.html",
        form=form,
        account=mine,
        codes_left=second_factor.recovery_codes_left(mine.id),
        must_have=bool(NEEDS_SECOND_FACTOR & current_principal().roles),
        bound=rules_for(current_principal(), clock.now()),
    ), status


@bp.post("/account")
@signed_in
def account_save() -> Any:
    person = _account().person
    form = DetailsForm(obj=person)
    if not form.validate():
        return _account_page(form, 422)
    with unit_of_work():
        person.phone, person.tz = (form.phone.data or "").strip(), form.tz.data or ""
        services.tell_details(_account())
    flash("Saved.", "success")
    return redirect(url_for(".account"))


@bp.get("/account/password")
@signed_in
def change_password() -> Any:
    return render_template("accounts/change_password.html", form=ChangePasswordForm(formdata=None))


@bp.post("/account/password")
@signed_in
@limiter.limit(PROOFS)
def change_password_save() -> Any:
    form, row = ChangePasswordForm(), _session()
    if form.validate():
        try:
            with unit_of_work():
                mine = entry.hold(row.account_id)
                token = services.change_password(mine, row, form.current.data, form.password.data, clock.now())
        except Invalid as error:
            say(form, error)
        else:
            flash("Your password is changed. Everywhere else you are signed out.", "success")
            return sessions.give(make_response(redirect(url_for(".account"))), token)
    return render_template("accounts/change_password.html", form=form), 422


@bp.get("/account/recovery-codes")
@signed_in
def recovery_codes() -> Any:
    return _proof_page("recovery", ProofForm(formdata=None))


@bp.post("/account/recovery-codes")
@signed_in
@limiter.limit(PROOFS)
def recovery_codes_new() -> Any:
    form, row = ProofForm(), _session()
    if form.validate():
        try:
            with unit_of_work():
                mine = entry.hold(row.account_id)
                codes = services.renew_recovery_codes(mine, form.current.data)
        except Invalid as error:
            say(form, error)
        else:
            return render_template("accounts/recovery_codes.html", codes=codes, next=url_for(".account"))
    return _proof_page("recovery", form, 422)


@bp.get("/account/second-factor")
@signed_in
def replace_second_factor() -> Any:
    return _proof_page("replace", ProofForm(formdata=None))


@bp.post("/account/second-factor")
@signed_in
@limiter.limit(PROOFS)
def replace_second_factor_start() -> Any:
    """Forget the old phone, and go on to setting up the new one at once."""
    form, row = ProofForm(), _session()
    if form.validate():
        try:
            with unit_of_work():
                mine = entry.hold(row.account_id)
                token = services.start_new_second_factor(mine, row, form.current.data, clock.now())
        except Invalid as error:
            say(form, error)
        else:
            return sessions.give(make_response(redirect(url_for(".enrol", next=url_for(".account")))), token)
    return _proof_page("replace", form, 422)


def _proof_page(what: str, form: ProofForm, status: int = 200) -> Any:
    if _account().totp_confirmed_at is None:
        raise Conflict("You have no second factor yet.", "Set one up from your account page.")
    return render_template(f"accounts/{what}.html", form=form), status


@bp.get("/account/sessions")
@signed_in
def own_sessions() -> Any:
    here = _session()
    return render_template("accounts/sessions.html", sessions=sessions.open_sessions(here.account_id), here=here)


@bp.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> Any:
    here = _session()
    row = db.session.get(LoginSession, session_id)
    if row is None or row.account_id != here.account_id:
        found(None)
    with unit_of_work():
        services.end_session(found(row), EndReason.ENDED_BY_PERSON, clock.now())
    flash("That session is ended.", "success")
    return redirect(url_for(".own_sessions"))


@bp.get("/account/tokens")
@signed_in
def own_tokens() -> Any:
    return _tokens_page(_token_form(formdata=None))


def _token_form(**values: Any) -> TokenForm:
    form = TokenForm(**values)
    form.scopes.choices = {name: scope_label(name) for name in sorted(tokens.offered_to(current_principal()))}
    return form


def scope_label(name: str) -> str:
    """A permission's name in words: "tickets.view" is "tickets: view"."""
    room, _, act = name.partition(".")
    return f"{room}: {act}".replace("-", " ") if act else room


def _tokens_page(form: TokenForm, shown: str = "", status: int = 200) -> Any:
    rows = tokens.active(_account().id, clock.now())
    return render_template("accounts/tokens.html", form=form, tokens=rows, shown=shown, label=scope_label), status


@bp.post("/account/tokens")
@signed_in
@limiter.limit(PROOFS)
def create_token() -> Any:
    form, mine = _token_form(), _account()
    if not form.validate():
        return _tokens_page(form, status=422)
    try:
        with unit_of_work():
            services.prove_password(mine, form.current.data)
            name, scopes = form.name.data.strip(), form.scopes.data
            _, shown = tokens.create(mine, current_principal(), name, scopes, int(form.days.data), clock.now())
    except Invalid as error:
        say(form, error)
        return _tokens_page(form, status=422)
    return _tokens_page(_token_form(formdata=None), shown)


@bp.post("/account/tokens/<int:token_id>/revoke")
@signed_in
def revoke_token(token_id: int) -> Any:
    with unit_of_work():
        tokens.revoke(_session().account_id, token_id, clock.now())
    flash("That token no longer works.", "success")
    return redirect(url_for(".own_tokens"))
