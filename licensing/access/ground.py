"""What every room of licensing stands on: the pack in force, the local day, one agency's rows one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.authz import Principal
from core.db import db
from core.errors import Forbidden
from core.people.models import Agency, CoC
from core.policy import Policy, catalog, policy_for
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.access.rules import levels_of


def policy_in_force(coc: CoC, at: datetime) -> Policy:
    """The CoC's pack on the local day of that instant."""
    return policy_for(coc, on=local_day(at, coc.tz))


def levels_among(cocs: Iterable[CoC], at: datetime) -> dict[str, str]:
    """The access levels of all their manuals, with their words."""
    policies = [policy_in_force(coc, at) for coc in cocs]
    return {
        level: words for policy in policies if (known := levels_of(policy)) for level, words in known.levels.items()
    }


def policy_of(request: AccessRequest, at: datetime) -> Policy:
    """What was decided under one version keeps it; until then the one in force counts."""
    if request.decided_at is None and request.is_open:
        return policy_in_force(request.coc, at)
    return catalog.version(request.pack, request.pack_version)


def local_day(at: datetime, tz: str) -> date:
    return at.astimezone(ZoneInfo(tz)).date()


def hold(agency: Agency) -> None:
    """Requests and licenses of one agency are written one after the other."""
    db.session.execute(select(Agency.id).where(Agency.id == agency.id).with_for_update(key_share=True))


def hold_license(held: License) -> None:
    """The license as it stands now, which nobody else changes before the commit. A sweep that ends it holds no agency,
    so whoever decides by what the license says holds it too; the agency first, where both are held."""
    db.session.refresh(held, with_for_update={"of": License})


def must_not_be_own(held: License, by: Principal) -> None:
    """Nobody gives, changes or frees a license of their own."""
    if held.person_id == by.person_id:
        raise Forbidden("This is your own license, so somebody else decides.", "Ask somebody else of the HMIS Lead.")


def license_held(person_id: int, agency_id: int) -> License | None:
    """The license that has not ended, in force or suspended."""
    return db.session.scalar(
        select(License).where(
            License.person_id == person_id, License.agency_id == agency_id, License.state != LicenseState.ENDED
        )
    )
