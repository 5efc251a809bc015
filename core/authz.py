"""Who may do what, to whose objects. Nothing is allowed that no role grants.

A package declares its permissions as a StrEnum and grants them to roles. Roles follow from rows
(memberships, designations, Lead staff), each for an agency, a CoC or a whole Lead, and are read
anew for each request: a person who left is refused at the next click, whatever jobs are waiting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache, wraps
from typing import Any, NamedTuple, TypeVar

from flask import Flask, current_app, g, has_request_context, redirect, request, url_for
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    ScalarSelect,
    String,
    and_,
    bindparam,
    cast,
    false,
    func,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from werkzeug.exceptions import Unauthorized

from core.connections import by_key
from core.db import UtcDateTime, db
from core.errors import Forbidden, NotFound
from core.people.models import (
    SEATS,
    Agency,
    AgencyStatus,
    CoC,
    Designation,
    DesignationKind,
    Lead,
    LeadStaff,
    Membership,
    Person,
    StaffRole,
)
from core.roles import LEAD_ROLES as LEAD_ROLES  # named again: whoever asks who somebody is, asks here
from core.roles import Role as Role

View = TypeVar("View", bound=Callable[..., Any])

STAFF_ROLES = {
    StaffRole.AGENT: Role.LEAD_AGENT,
    StaffRole.TRAINER: Role.LEAD_TRAINER,
    StaffRole.MANAGER: Role.LEAD_MANAGER,
    StaffRole.ADMIN: Role.LEAD_ADMIN,
    **dict.fromkeys(SEATS, Role.OFFICER),
}
DESIGNATED_ROLES = {
    DesignationKind.REPRESENTATIVE: Role.REPRESENTATIVE,
    DesignationKind.ADMINISTRATOR: Role.AGENCY_ADMIN,
    DesignationKind.SECURITY_OFFICER: Role.SECURITY_OFFICER,
    DesignationKind.EXECUTIVE_DIRECTOR: Role.EXECUTIVE_DIRECTOR,
}

_granted: dict[Role, set[str]] = defaultdict(set)


def grant(role: Role, permissions: Iterable[StrEnum]) -> None:
    """Let a role do these; a package calls it when it is imported."""
    _granted[role].update(permissions)


def granted(role: Role) -> frozenset[str]:
    return frozenset(_granted[role])


def all_permissions() -> frozenset[str]:
    return frozenset().union(*_granted.values())


@dataclass(frozen=True)
class RoleGrant:
    """A role and where it holds: a Lead (all its CoCs), one CoC, or one agency; an officer's with their seat."""

    role: Role
    lead_id: int | None = None
    coc_id: int | None = None
    agency_id: int | None = None
    seat: StaffRole | None = None

    def covers(self, *, agency: Agency | None, coc: CoC | None, lead_id: int | None) -> bool:
        if self.agency_id is not None:
            return agency is not None and agency.id == self.agency_id
        coc_id = coc.id if coc else agency.coc_id if agency else None
        if self.coc_id is not None:
            return coc_id == self.coc_id
        owner = agency.lead_id if agency else coc.lead_id if coc else lead_id
        return owner == self.lead_id


@dataclass(frozen=True)
class Scope:
    """The rows a permission reaches: whole Leads, CoCs, agencies, and the person's own."""

    lead_ids: frozenset[int] = frozenset()
    coc_ids: frozenset[int] = frozenset()
    agency_ids: frozenset[int] = frozenset()
    own_person_id: int | None = None

    @property
    def is_staff(self) -> bool:
        return bool(self.lead_ids or self.coc_ids)

    def where(self, model: Any, own: Any = None) -> ColumnElement[bool]:
        """A condition on `model.lead_id / coc_id / agency_id`; `own` is the column that names the person."""
        parts: list[ColumnElement[bool]] = []
        if self.lead_ids:
            parts.append(model.lead_id.in_(self.lead_ids))
        if self.coc_ids:
            parts.append(model.coc_id.in_(self.coc_ids))
        if self.agency_ids:
            parts.append(model.agency_id.in_(self.agency_ids))
        if self.own_person_id is not None and own is not None:
            parts.append(own == self.own_person_id)
        return or_(*parts) if parts else false()

    def over_agencies(self) -> ColumnElement[bool]:
        """The same reach, as a condition on the agencies themselves."""
        parts: list[ColumnElement[bool]] = []
        if self.lead_ids:
            parts.append(Agency.lead_id.in_(self.lead_ids))
        if self.coc_ids:
            parts.append(Agency.coc_id.in_(self.coc_ids))
        return or_(*parts, Agency.id.in_(self.agency_ids))


@dataclass(frozen=True)
class Principal:
    """The person at the other end of this request, with the roles that hold right now.

    `scopes` narrows an API token to the permissions it was made for; None means all.
    """

    person_id: int
    name: str
    email: str
    tz: str
    grants: tuple[RoleGrant, ...] = ()
    scopes: frozenset[str] | None = field(default=None, compare=False)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(g.role for g in self.grants)

    @property
    def is_lead_staff(self) -> bool:
        return bool(self.roles & LEAD_ROLES)

    @property
    def whole(self) -> Principal:
        """The same person without a token's narrowing: to ask who somebody is in a place, never what they may do."""
        return replace(self, scopes=None)

    def _holding(self, permission: str) -> tuple[RoleGrant, ...]:
        if self.scopes is not None and permission not in self.scopes:
            return ()
        return tuple(g for g in self.grants if permission in _granted[g.role])

    def can(
        self,
        permission: str,
        *,
        agency: Agency | None = None,
        coc: CoC | None = None,
        lead_id: int | None = None,
    ) -> bool:
        """Anywhere when no place is given; else in that agency, CoC or Lead."""
        holding = self._holding(permission)
        if agency is None and coc is None and lead_id is None:
            return bool(holding)
        return any(g.covers(agency=agency, coc=coc, lead_id=lead_id) for g in holding)

    def scope(self, permission: str) -> Scope:
        holding = self._holding(permission)
        places = [g for g in holding if g.role is not Role.END_USER]
        return Scope(
            lead_ids=frozenset(g.lead_id for g in places if g.lead_id and not g.coc_id),
            coc_ids=frozenset(g.coc_id for g in places if g.coc_id),
            agency_ids=frozenset(g.agency_id for g in places if g.agency_id),
            own_person_id=self.person_id if holding else None,
        )


def principal_for(
    person: Person, at: datetime, scopes: frozenset[str] | None = None, places: Iterable[Any] | None = None
) -> Principal:
    """The person with their roles as they stand at `at`; they are read, unless `places` came with another question
    (`places_of`)."""
    if places is None:
        places = db.session.execute(_places(), {"person": person.id, **at_that_instant(at)})
    held = _held(places)
    zone = person.tz or next((tz for _, tz in held), "")
    return Principal(person.id, person.name, person.email, zone, tuple(grant for grant, _ in held), scopes)


def at_that_instant(at: datetime) -> dict[str, Any]:
    """The values with which `places_of` is asked."""
    return {"at": at, "day": at.date()}


class _Place(NamedTuple):
    word: str | None
    lead_id: int | None
    coc_id: int | None
    agency_id: int | None
    tz: str


def _held(places: Iterable[Any]) -> list[tuple[RoleGrant, str]]:
    """Each role with the zone of the place where it holds: a CoC's, the Lead's or an agency's."""
    rows = [_Place(*place) for place in places]
    staff = [(_staff_grant(row), row.tz) for row in rows if row.agency_id is None]
    members = [row for row in rows if row.agency_id is not None]
    agencies = {row.agency_id: (RoleGrant(Role.END_USER, agency_id=row.agency_id), row.tz) for row in members}
    named = [(DESIGNATED_ROLES[DesignationKind(row.word)], row) for row in members if row.word is not None]
    designated = {(role, row.agency_id): (RoleGrant(role, agency_id=row.agency_id), row.tz) for role, row in named}
    return [*staff, *agencies.values(), *designated.values()]


def _staff_grant(row: Any) -> RoleGrant:
    role = StaffRole(row.word)
    return RoleGrant(STAFF_ROLES[role], row.lead_id, row.coc_id, seat=role if role in SEATS else None)


@cache
def _places() -> Any:
    return by_key(_serves_and_works(bindparam("person", type_=BigInteger)))


def places_of(account: Any) -> ScalarSelect[Any]:
    """As a column of a question about an account: what `principal_for` takes as `places`, none as null."""
    told = _serves_and_works(account.person_id, account).subquery("told")
    return select(func.jsonb_agg(func.jsonb_build_array(*told.c))).scalar_subquery()


def _serves_and_works(person: ColumnElement[int], *around: Any) -> CompoundSelect[Any]:
    """Where a person serves the Lead, and where they work, with what they are designated to there: one question.

    A designation counts only while its holder still works there and the agency takes part.
    """
    serves = select(
        type_coerce(LeadStaff.role, String).label("word"),
        LeadStaff.lead_id,
        LeadStaff.coc_id,
        cast(null(), BigInteger).label("agency_id"),
        func.coalesce(CoC.tz, Lead.tz).label("tz"),
    )
    serves = serves.join(Lead, Lead.id == LeadStaff.lead_id).outerjoin(CoC, CoC.id == LeadStaff.coc_id)
    works = select(type_coerce(Designation.kind, String), null(), null(), Membership.agency_id, Agency.tz)
    theirs = and_(
        Designation.person_id == person, Designation.agency_id == Membership.agency_id, *_in_force(Designation)
    )
    works = works.join(Agency, Agency.id == Membership.agency_id).outerjoin(Designation, and_(*theirs))
    works = works.where(Membership.person_id == person, Agency.status != AgencyStatus.ENDED, *_in_force(Membership))
    serves = serves.where(LeadStaff.person_id == person, *_in_force(LeadStaff))
    return union_all(*(query.correlate(*around) for query in (serves, works)))


def _in_force(model: Any) -> tuple[ColumnElement[bool], ...]:
    at = bindparam("at", type_=UtcDateTime)
    return model.started_on <= bindparam("day", type_=Date), or_(model.ended_at.is_(None), model.ended_at > at)


def principal_or_none() -> Principal | None:
    if not has_request_context():
        return None
    if "principal" not in g:
        g.principal = current_app.extensions["load_principal"]()
    principal: Principal | None = g.principal
    return principal


def current_principal() -> Principal:
    """Who is asking; raises Unauthorized when nobody has signed in."""
    principal = principal_or_none()
    if principal is None:
        raise Unauthorized
    return principal


def requires(*permissions: StrEnum) -> Callable[[View], View]:
    """A view for those who hold one of the permissions somewhere; rows are scoped in the view."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            principal = principal_or_none()
            if principal is None:
                return _sign_in()
            if not any(principal.can(p) for p in permissions):
                raise _refused(principal, frozenset(permissions))
            return view(*args, **kwargs)

        guarded.permissions = frozenset(permissions)  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


Reason = Callable[[Principal, frozenset[str]], Forbidden | None]
_reasons: list[Reason] = []


def explains_refusal(reason: Reason) -> Reason:
    """Decorator: this function knows more about why somebody may not; None where it does not."""
    if reason not in _reasons:
        _reasons.append(reason)
    return reason


def _refused(principal: Principal, permissions: frozenset[str]) -> Forbidden:
    told = (reason(principal, permissions) for reason in _reasons)
    plain = Forbidden("Your role does not include this.", "Ask your agency administrator or the HMIS Lead.")
    return next((one for one in told if one is not None), plain)


def signed_in(view: View) -> View:
    """A view for anybody who has signed in, whatever their role."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if principal_or_none() else _sign_in()

    guarded.permissions = frozenset({"signed-in"})  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def public(view: View) -> View:
    """A view for everyone; saying so is what allows it."""
    view.permissions = frozenset({"public"})  # type: ignore[attr-defined]
    return view


def _sign_in() -> Any:
    if request.path.startswith("/api/"):
        raise Unauthorized
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=wanted))


def found(row: Any) -> Any:
    """The row, or the same 404 for what is not there and what is not this person's to know of."""
    if row is None:
        raise NotFound()
    return row


def unguarded_views(app: Flask) -> list[str]:
    """Endpoints that neither name a permission nor say that they are public."""
    return sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if not getattr(view, "permissions", None) and endpoint != "static" and not endpoint.endswith(".static")
    )


def refuse_unguarded(app: Flask) -> None:
    """Raises when any view forgot to say who may use it; called last when the app is made."""
    missing = unguarded_views(app)
    if missing:
        raise RuntimeError(f"these views name no permission: {', '.join(missing)}")
