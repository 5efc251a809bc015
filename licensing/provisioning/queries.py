from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from core import typed
from core.authz import Principal, found
from core.db import db
from licensing.access.models import License
from licensing.provisioning.models import AccountChange
from licensing.provisioning.permissions import Permission
from licensing.provisioning.rules import SendState


def changes(principal: Principal, filters: Mapping[str, str]) -> Select[AccountChange]:
    query = select(AccountChange).where(AccountChange.lead_id.in_(principal.scope(Permission.KEEP).lead_ids))
    query = query.options(
        joinedload(AccountChange.person), joinedload(AccountChange.license).joinedload(License.agency)
    )
    if filters.get("state") in set(SendState):
        query = query.where(AccountChange.state == SendState(filters["state"]))
    return query


def visible_change(principal: Principal, number: int) -> AccountChange:
    """Locked, for whoever is about to change it."""
    query = changes(principal, {}).where(AccountChange.id == min(number, typed.BIGGEST))
    query = query.with_for_update(of=AccountChange).execution_options(populate_existing=True)
    row: AccountChange = found(db.session.scalar(query))
    return row
