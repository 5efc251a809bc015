"""Signing in and out, step by step."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from core import clock
from core.accounts import account_views, entry, link_views, manage_views, second_factor, services, sessions
from core.accounts.blueprint import bp
from core.accounts.entry import Entry, Origin
from core.accounts.forms import CodeForm, EnrolForm, NewPasswordForm, ProvedEnrolForm, SignInForm, say
from core.accounts.guard import limiter
from core.accounts.models import EndReason, LoginSession
from core.accounts.paths import safe_path, wanted_path
from core.accounts.rules import Step
from core.accounts.visits import Visit, current_visit, look
from core.authz import public
from core.db import db, unit_of_work
from core.errors import Invalid

__all__ = ["account_views", "bp", "link_views", "manage_views"]

PER_ADDRESS = "10 per minute; 100 per hour"
PER_PLACE = "60 per minute; 600 per hour"
PAGES = {
    Step.SECOND_FACTOR: "accounts.second_factor_page",
    Step.NEW_PASSWORD: "accounts.new_password",
    Step.ENROLMENT: "accounts.enrol",
}
WHY_OUT = {
    EndReason.IDLE: "You were signed out because nothing happened for a while. Sign in to go on where you were.",
    EndReason.TOO_LONG: "You were signed out because this session had lasted a whole working day.",
    EndReason.ELSEWHERE: "You were signed out here because you signed in somewhere else: one place at a time.",
    EndReason.PASSWORD_CHANGED: "Your password was changed, so you need to sign in again.",
    EndReason.SECOND_FACTOR_CHANGED: "Your second factor was changed, so you need to sign in again.",
    EndReason.BY_ADMINISTRATOR: "An administrator ended your session.",
    EndReason.ENDED_BY_PERSON: "You ended this session from another place.",
}
NOT_LET_IN = "That email address and password do not match, or the account is locked."


def _typed_address() -> str:
    return "sign-in:" + request.form.get("email", "").strip().lower()[:300]


@bp.get("/sign-in")
@public
def sign_in() -> Any:
    """The way in; somebody half-way is taken to their next step, somebody signed in to their page."""
    visit = current_visit()
    if visit.person and not visit.ended:
        return redirect(onward(visit, wanted_path()))
    return _sign_in_page(SignInForm(formdata=None), visit)


def _sign_in_page(form: SignInForm, visit: Visit, problem: str = "", status: int = 200) -> Any:
    why = WHY_OUT.get(visit.ended) if visit.ended else None
    return render_template(
        "accounts/sign_in.html", form=form, why=why, problem=problem, next=wanted_path(), demo=_demo_sign_ins()
    ), status


def _demo_sign_ins() -> list[dict[str, str]]:
    """In demo mode one sign-in for each role, to be tried out; nothing anywhere else."""
    if current_app.config["HEARTHDESK"].mode != "demo" or find_spec("demo") is None:
        return []
    return import_module("demo").sign_ins(with_codes=True)  # type: ignore[no-any-return]


@bp.post("/sign-in")
@public
@limiter.limit(PER_PLACE)
@limiter.limit(PER_ADDRESS, key_func=_typed_address)
def sign_in_try() -> Any:
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, current_visit(), status=422)
    with unit_of_work():
        done = entry.by_password(form.email.data, form.password.data, clock.now(), _origin())
        if done.token:
            _leave_old_session()
    if done.ended:
        return render_template("accounts/ended.html"), 403
    if not done.token:
        return _sign_in_page(form, current_visit(), NOT_LET_IN, 422)
    return _let_in(done.token, wanted_path())


def _origin() -> Origin:
    return Origin((request.remote_addr or "")[:80], request.user_agent.string)


def _leave_old_session() -> None:
    """Signing in over a session that still holds ends that one."""
    old = current_visit().session
    if old:
        sessions.end(old, EndReason.SIGNED_OUT, clock.now())


def _let_in(token: str, wanted: str) -> BaseResponse:
    """On to the next step under the new token; what the browser held before is forgotten."""
    session.clear()
    visit = look(token, clock.now())
    return sessions.give(redirect(onward(visit, wanted)), token)  # type: ignore[arg-type]


def onward(visit: Visit, wanted: str) -> str:
    """The page of the visit's next step, or where they wanted to go."""
    return url_for(PAGES[visit.step], next=wanted) if visit.step else safe_path(wanted)


def _at(step: Step) -> Visit | None:
    """The visit, if this is its step."""
    visit = current_visit()
    return visit if visit.person and not visit.ended and visit.step is step else None


@bp.get("/sign-in/code")
@public
def second_factor_page() -> Any:
    if not _at(Step.SECOND_FACTOR):
        return redirect(url_for(".sign_in", next=wanted_path()))
    return _code_page(CodeForm(formdata=None))


def _code_page(form: CodeForm, status: int = 200) -> Any:
    return render_template("accounts/second_factor.html", form=form, next=wanted_path(), demo=_demo_sign_ins()), status


@bp.post("/sign-in/code")
@public
@limiter.limit(PER_PLACE)
def second_factor_try() -> Any:
    visit = _at(Step.SECOND_FACTOR)
    if not visit or not visit.session:
        return redirect(url_for(".sign_in", next=wanted_path()))
    form = CodeForm()
    done = Entry()
    if form.validate():
        with unit_of_work():
            done = entry.by_code(visit.session.id, form.code.data, clock.now())
        if not done.token:
            form.code.errors = ["That code does not work, or was used before. Wait for the next one."]
    if done.token:
        return _let_in(done.token, wanted_path())
    if visit.session.ended_at:
        flash(NOT_LET_IN, "error")
        return redirect(url_for(".sign_in", next=wanted_path()))
    return _code_page(form, 422)


@bp.get("/sign-in/second-factor")
@public
def enrol() -> Any:
    """Setting up the second factor of somebody who has none."""
    visit = _to_enrol()
    return _enrol_page(_enrol_form(visit), visit) if visit else redirect(url_for(".sign_in", next=wanted_path()))


def _enrol_form(visit: Visit) -> EnrolForm:
    """With the password again, unless it was asked for a moment ago."""
    return EnrolForm() if visit.step else ProvedEnrolForm()


def _to_enrol() -> Visit | None:
    """Whoever must enrol now, or has signed in without a second factor and wants one."""
    visit = current_visit()
    if not visit.session or not visit.person or visit.ended or visit.step not in (None, Step.ENROLMENT):
        return None
    return None if visit.session.account.totp_confirmed_at else visit


def _enrol_page(form: EnrolForm, visit: Visit, status: int = 200) -> Any:
    secret = _offered()
    return render_template(
        "accounts/enrol.html",
        form=form,
        key=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        picture=second_factor.picture(second_factor.address_of(secret, visit.person.email if visit.person else "")),
        required=visit.step is Step.ENROLMENT,
        next=wanted_path(),
    ), status


def _offered() -> str:
    return second_factor.offered_secret(request.cookies[sessions.cookie_name()])


@bp.post("/sign-in/second-factor")
@public
@limiter.limit(PER_PLACE)
def enrol_try() -> Any:
    visit = _to_enrol()
    if not visit or not visit.session:
        return redirect(url_for(".sign_in", next=wanted_path()))
    form = _enrol_form(visit)
    if not form.validate():
        return _enrol_page(form, visit, 422)
    try:
        with unit_of_work():
            account = entry.hold(visit.session.account_id)
            if isinstance(form, ProvedEnrolForm):
                services.prove_password(account, form.current.data or "")
            codes = second_factor.enrol(account, visit.session, _offered(), form.code.data, clock.now())
            token = sessions.renew(visit.session)
    except Invalid as error:
        say(form, error)
        return _enrol_page(form, visit, 422)
    return sessions.give(recovery_page(codes, wanted_path()), token)


def recovery_page(codes: list[str], onward_to: str) -> Any:
    """The recovery codes, this once."""
    return make_response(render_template("accounts/recovery_codes.html", codes=codes, next=onward_to))


@bp.get("/sign-in/new-password")
@public
def new_password() -> Any:
    if not _at(Step.NEW_PASSWORD):
        return redirect(url_for(".sign_in", next=wanted_path()))
    return render_template("accounts/new_password.html", form=NewPasswordForm(formdata=None), next=wanted_path())


@bp.post("/sign-in/new-password")
@public
@limiter.limit(PER_PLACE)
def new_password_try() -> Any:
    visit = _at(Step.NEW_PASSWORD)
    if not visit or not visit.session:
        return redirect(url_for(".sign_in", next=wanted_path()))
    form = NewPasswordForm()
    if form.validate():
        try:
            with unit_of_work():
                row = db.session.get_one(LoginSession, visit.session.id)
                token = services.replace_password(entry.hold(row.account_id), row, form.password.data, clock.now())
            return _let_in(token, wanted_path())
        except Invalid as error:
            say(form, error)
    return render_template("accounts/new_password.html", form=form, next=wanted_path()), 422


@bp.get("/sign-in/locked")
@public
def locked() -> Any:
    """What to do when nothing works; it says nothing about any one account."""
    return render_template("accounts/locked.html")


@bp.post("/sign-out")
@public
def sign_out() -> Any:
    """End the session here, on the server, and empty the browser."""
    row = current_visit().session
    if row:
        with unit_of_work():
            sessions.end(row, EndReason.SIGNED_OUT, clock.now())
            services.tell_signed_out(row)
    session.clear()
    flash("You are signed out.", "success")
    response = redirect(url_for(".sign_in"))
    response.delete_cookie(sessions.cookie_name(), path="/")
    return response
