"""Forgotten passwords and invitations: pages that a mailed link leads to."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for

from core import clock
from core.accounts import services
from core.accounts.blueprint import bp
from core.accounts.forms import ForgotForm, NewPasswordForm, say
from core.accounts.guard import limiter
from core.authz import public
from core.db import unit_of_work
from core.errors import Conflict, Invalid

HELD = "account_link"


def _typed_address() -> str:
    return "forgot:" + request.form.get("email", "").strip().lower()[:300]


@bp.get("/forgot-password")
@public
def forgot() -> Any:
    return render_template("accounts/forgot.html", form=ForgotForm(formdata=None))


@bp.post("/forgot-password")
@public
@limiter.limit("20 per minute; 100 per hour")
@limiter.limit("3 per minute; 10 per hour", key_func=_typed_address)
def forgot_try() -> Any:
    """The answer is the same whether anybody has that address."""
    form = ForgotForm()
    if not form.validate():
        return render_template("accounts/forgot.html", form=form), 422
    with unit_of_work():
        services.ask_reset(form.email.data, clock.now(), request.remote_addr or "")
    return redirect(url_for(".forgot_sent"))


@bp.get("/forgot-password/sent")
@public
def forgot_sent() -> Any:
    return render_template("accounts/forgot_sent.html")


@bp.get("/set-password/<token>")
@public
def follow_link(token: str) -> Any:
    """Take the token out of the address, where it would be seen and kept; opening a link does not use it up."""
    session[HELD] = token[:100]
    return redirect(url_for(".set_password"))


@bp.get("/set-password")
@public
def set_password() -> Any:
    link = services.link_of(session.get(HELD, ""), clock.now())
    if link is None:
        return render_template("accounts/link_gone.html"), 410
    return render_template("accounts/set_password.html", form=NewPasswordForm(formdata=None), link=link)


@bp.post("/set-password")
@public
@limiter.limit("30 per minute; 200 per hour")
def set_password_try() -> Any:
    token = session.get(HELD, "")
    link = services.link_of(token, clock.now())
    if link is None:
        return render_template("accounts/link_gone.html"), 410
    form = NewPasswordForm()
    if form.validate():
        try:
            with unit_of_work():
                services.set_password_by_link(token, form.password.data, clock.now())
        except Invalid as error:
            say(form, error)
        except Conflict:
            return render_template("accounts/link_gone.html"), 410
        else:
            session.pop(HELD, None)
            flash("Your password is set. Sign in with it.", "success")
            return redirect(url_for(".sign_in"))
    return render_template("accounts/set_password.html", form=form, link=link), 422
