"""Who is behind this request: its session, its account and its roles, read anew each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy import or_, select

from core import clock
from core.accounts import rules, sessions, tokens
from core.accounts.models import Account, EndReason, LoginSession
from core.authz import Principal, principal_for
from core.db import db, unit_of_work
from core.people.models import Agency, CoC
from core.policy import policy_for

READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Visit:
    """`person` is who the session belongs to; `step` what they still have to do; `ended` why the session is over."""

    session: LoginSession | None = None
    person: Principal | None = None
    step: rules.Step | None = None
    ended: EndReason | None = None

    @property
    def principal(self) -> Principal | None:
        """Whom to let in: somebody whose session holds and who has nothing left to do."""
        return None if self.step or self.ended else self.person


NOBODY = Visit()


def rules_for(principal: Principal, at: datetime) -> rules.SignInRules:
    """What the packs of the person's communities say about signing in, as of `at`."""
    return rules.strictest(policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date()) for coc in _communities(principal))


def _communities(principal: Principal) -> list[CoC]:
    """Of the agencies they work for, and of the Lead they work for."""
    leads = {g.lead_id for g in principal.grants if g.lead_id and not g.coc_id}
    cocs = {g.coc_id for g in principal.grants if g.coc_id}
    agencies = {g.agency_id for g in principal.grants if g.agency_id}
    of_agencies = select(Agency.coc_id).where(Agency.id.in_(agencies))
    named = or_(CoC.lead_id.in_(leads), CoC.id.in_(cocs), CoC.id.in_(of_agencies))
    return list(db.session.scalars(select(CoC).where(named)))


def current_visit() -> Visit:
    """This request's visit, looked up once; a session that has run out is ended here."""
    if "visit" not in g:
        token = request.cookies.get(sessions.cookie_name(), "")
        g.visit = look(token, clock.now()) if token else NOBODY
    return g.visit  # type: ignore[no-any-return]


def look(token: str, at: datetime) -> Visit:
    found = sessions.find(token, at)
    if found is None:
        return NOBODY
    row, places = found
    if row.ended_at is not None:
        return Visit(row, ended=row.end_reason)
    person = principal_for(row.account.person, at, places=places)
    over = _over(row, person, at)
    if over or sessions.is_stale(row, at):
        with unit_of_work():
            if over:
                sessions.end(row, over, at)
            else:
                sessions.touch(row, at)
    return Visit(row, person, step_of(row.account, person, row.second_factor_at is not None), over)


def _over(row: LoginSession, person: Principal, at: datetime) -> EndReason | None:
    """Why the session does not go on, if so."""
    if not person.grants:
        return EndReason.ACCESS_ENDED
    if rules.is_too_long(row.created_at, at):
        return EndReason.TOO_LONG
    if rules.may_be_idle(row.last_seen_at, at) and rules.is_idle(row.last_seen_at, rules_for(person, at), at):
        return EndReason.IDLE
    return None


def step_of(account: Account, person: Principal, proved: bool) -> rules.Step | None:
    return rules.next_step(
        roles=person.roles,
        enrolled=account.totp_confirmed_at is not None,
        proved=proved,
        must_change=account.must_change_password,
    )


def load_principal() -> Principal | None:
    """For core.authz. The API takes a bearer token; a cookie may only read there, because it comes along unasked."""
    if request.path.startswith("/api/"):
        if bearer := bearer_token():
            return tokens.principal_of(bearer, clock.now())
        if request.method not in READS:
            return None
    return current_visit().principal


def bearer_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
