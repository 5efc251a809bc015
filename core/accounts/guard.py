"""What happens before a view: the CSRF check, the signed-in person for Flask-Login, and the word to those who left."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, current_app, render_template, request, session
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.exceptions import Unauthorized

from core.accounts import sessions
from core.accounts.models import EndReason
from core.accounts.sealing import bound_to
from core.accounts.visits import READS, bearer_token, current_visit, load_principal
from core.authz import principal_or_none

# A Redis that is away must not keep anybody waiting at the door.
QUICKLY = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}


def _address() -> str:
    return request.remote_addr or "unknown"


limiter = Limiter(key_func=_address, headers_enabled=False)


class SignedIn(UserMixin):
    """Flask-Login's `current_user`: the person of this request."""

    def __init__(self, person_id: int) -> None:
        self.id = person_id


def init_app(app: Flask) -> None:
    app.extensions["load_principal"] = load_principal
    manager = LoginManager(app)
    manager.session_protection = None  # there is nothing in Flask's session to protect: the session is in the database
    manager.request_loader(_user)
    _limit(app)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `check` below asks for it, once the session is known
    app.before_request(check)


def _user(_: Request) -> SignedIn | None:
    principal = principal_or_none()
    return SignedIn(principal.person_id) if principal else None


def _limit(app: Flask) -> None:
    """Counts live in Redis; without it the service goes on, and each process counts alone."""
    url = app.config["HEARTHDESK"].redis_url
    app.config.update(
        RATELIMIT_STORAGE_URI=_storage(url),
        RATELIMIT_STORAGE_OPTIONS=QUICKLY if url else {},
        RATELIMIT_STRATEGY="fixed-window",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(url),
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    limiter.init_app(app)


def _storage(url: str) -> str:
    return "memory://" if not url else f"redis+{url}" if url.startswith("unix://") else url


def check() -> Any:
    """Refuses a write that did not come from our own page, and tells those whose access has ended so."""
    if request.endpoint is None or request.endpoint == "static" or request.endpoint.endswith(".static"):
        return None
    if request.path.startswith("/api/"):
        if request.method not in READS and not bearer_token():
            raise Unauthorized
        return None
    token = request.cookies.get(sessions.cookie_name())
    if token:
        _bind_csrf(token)
    current_app.extensions["csrf"].protect()
    return _refusal() if token and not _is_public() else None


def _bind_csrf(token: str) -> None:
    """The CSRF token of somebody with a session follows from it: one from another session is worth nothing."""
    bound = bound_to(token, "csrf")
    if session.get("csrf_token") != bound:
        session["csrf_token"] = bound


def _is_public() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return "public" in getattr(view, "permissions", ())


def _refusal() -> Any:
    if current_visit().ended is EndReason.ACCESS_ENDED:
        return render_template("accounts/ended.html"), 403
    return None
