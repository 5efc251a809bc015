from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from licensing.access.models import License
from licensing.credentials.models import HmisCredential
from licensing.credentials.permissions import Permission


def license_to_make_for(principal: Principal, license_id: int, *, lock: bool = False) -> License:
    reach = principal.scope(Permission.MAKE).where(License)
    query = select(License).where(License.id == min(license_id, typed.BIGGEST), reach)
    query = query.options(joinedload(License.agency), joinedload(License.person))
    if lock:
        query = query.with_for_update(of=License).execution_options(populate_existing=True)
    row: License = found(db.session.scalar(query))
    return row


def made_for(held: License) -> list[HmisCredential]:
    """The newest first, at most fifty."""
    query = select(HmisCredential).where(HmisCredential.license_id == held.id).limit(50)
    query = query.options(joinedload(HmisCredential.made_by))
    return list(db.session.scalars(query.order_by(HmisCredential.id.desc())))


def mine(person_id: int) -> list[HmisCredential]:
    """Those in use, one for each license."""
    query = select(HmisCredential).where(HmisCredential.person_id == person_id, HmisCredential.over_at.is_(None))
    query = query.options(joinedload(HmisCredential.agency)).limit(50)
    return list(db.session.scalars(query.order_by(HmisCredential.id.desc())))


def own(principal: Principal, credential_id: int) -> HmisCredential:
    """The person's own, locked; anybody else's is not there."""
    query = select(HmisCredential).where(
        HmisCredential.id == min(credential_id, typed.BIGGEST), HmisCredential.person_id == principal.person_id
    )
    row: HmisCredential = found(db.session.scalar(query.with_for_update(of=HmisCredential)))
    return row
