"""A coordinated services agreement: a named user acts for another named agency (VT-LI-1)."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.authz import Principal, current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.people.models import Agency, Person
from core.policy import policy_for
from core.search import like
from core.typed import put_error
from licensing.access.models import License, LicenseState
from licensing.agreements import documents as writing
from licensing.agreements import queries, rules, services
from licensing.agreements.forms import CoordinatedForm
from licensing.agreements.models import DocumentVersion
from licensing.agreements.permissions import Permission
from licensing.agreements.rules import Kind
from licensing.agreements.views import bp

MOST = 50


@bp.route("/agreements/coordinated/new", methods=["GET", "POST"])
@requires(Permission.WRITE)
def coordinated() -> Any:
    """Whoever has a license is found by name; the agency they are to act for then signs."""
    principal = current_principal()
    q = (request.values.get("q") or "").replace("\0", "").strip()[:80]
    versions, held, others = _versions(principal), _licenses(principal, q), _agencies(principal)
    form = CoordinatedForm().fresh()
    form.document.choices = {str(number): one.document.title for number, one in versions.items()}
    form.person.choices = {code: f"{one.person.name}, {one.agency.name}" for code, one in held.items()}
    form.other.choices = {"": "Choose an agency"} | {str(one.id): one.name for one in others.values()}
    if not form.is_submitted():
        return _page(form, q, versions)
    if not form.validate():
        return _page(form, q, versions), 422
    one, other = held[form.person.data], others[int(form.other.data)]
    try:
        with unit_of_work():
            at = clock.now()
            policy = policy_for(other.coc, at.astimezone(other.zone).date())
            version = versions[int(form.document.data)]
            row = services.send_coordinated(version, one.person, one.agency, other, policy, at)
    except DomainError as error:
        db.session.rollback()
        put_error(form, error)
        return _page(form, q, versions), error.status
    return redirect(url_for(".show", agreement_id=row.id))


def _page(form: CoordinatedForm, q: str, versions: dict[int, DocumentVersion]) -> str:
    return render_template("licensing/agreements/coordinated.html", form=form, q=q, has_document=bool(versions))


def _versions(principal: Principal) -> dict[int, DocumentVersion]:
    """The newest text of each document of this kind, by the document's number."""
    rows = [one for one in queries.documents(principal) if one.kind is Kind.COORDINATED and one.retired_at is None]
    found = {one.id: writing.newest(one) for one in rows}
    return {number: version for number, version in found.items() if version is not None}


def _licenses(principal: Principal, q: str) -> dict[str, License]:
    reach = principal.scope(Permission.WRITE).where(License)
    query = select(License).join(Person, Person.id == License.person_id).where(reach)
    query = query.where(License.state != LicenseState.ENDED).options(
        joinedload(License.person), joinedload(License.agency)
    )
    query = query.where(Person.name.ilike(like(q))) if q else query
    rows = db.session.scalars(query.order_by(Person.name, License.id).limit(MOST))
    return {f"{one.person_id}-{one.agency_id}": one for one in rows}


def _agencies(principal: Principal) -> dict[int, Agency]:
    """Those whose manual has such an agreement."""
    query = select(Agency).where(principal.scope(Permission.WRITE).over_agencies()).options(joinedload(Agency.coc))
    at = clock.now()
    policies: dict[int, bool] = {}
    found: dict[int, Agency] = {}
    for one in db.session.scalars(query.order_by(Agency.name)):
        if one.coc_id not in policies:
            policies[one.coc_id] = rules.has_coordinated(policy_for(one.coc, at.astimezone(one.zone).date()))
        if policies[one.coc_id]:
            found[one.id] = one
    return found
