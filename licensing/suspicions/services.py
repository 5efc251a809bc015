"""Suspending one license at once on suspicion of a breach or a violation, and lifting that again.

Rules: SON-LI-4, SAC-LI-6, SAC-CO-1.
"""

from __future__ import annotations

from datetime import datetime

from core.audit import record
from core.errors import Conflict, Invalid
from core.people.services import managers_of
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName, ListName
from licensing.access import holds, mails
from licensing.access.ground import hold, policy_in_force
from licensing.access.models import HoldKind, License, LicenseHold, LicenseState
from licensing.access.rules import explain

SOURCE = "suspicion"
WORDS = "Suspended while a suspected breach or violation is looked into"
DUTIES = (DutyName.INVESTIGATION_SUSPENSION, DutyName.BREACH_SUSPENSION)


def ground(policy: Policy) -> Cited | None:
    """What the manual says of suspending at once; None where it says nothing."""
    if policy.has(ListName.RESCIND_REASONS):
        return policy.list(ListName.RESCIND_REASONS)
    return next((policy.duty(name) for name in DUTIES if policy.has(name)), None)


def why(held: License, at: datetime) -> dict[str, object] | None:
    policy = policy_in_force(held.agency.coc, at)
    value = ground(policy)
    return explain(policy, value, value.says) if value else None


def suspicion_of(held: License) -> LicenseHold | None:
    return next((one for one in held.open_holds if one.kind is HoldKind.SUSPICION), None)


def suspend(held: License, reason: str, at: datetime) -> None:
    """At once. The reason stays in the audit: the person and the agency read only that it is looked into."""
    hold(held.agency)
    if held.state is LicenseState.ENDED:
        raise Conflict("This license has ended, so there is nothing to suspend.")
    if not reason:
        raise Invalid("Say what is suspected, in a few words.", "No client names or birth dates.", "reason")
    if suspicion_of(held) is not None:
        raise Conflict("This license is suspended for this already.", "Load the page again to see how it stands.")
    value = ground(policy_in_force(held.agency.coc, at))
    words = f"{WORDS} ({value.rule})." if value else f"{WORDS}."
    holds.hold(held, HoldKind.SUSPICION, SOURCE, words, at)
    record("license.suspected", held, data={"reason": reason})
    _tell(held, f"suspected:{at.isoformat()}", "An HMIS license is suspended", words, at)


def lift(held: License, reason: str, at: datetime) -> None:
    """What was suspected is settled; what else holds the license still does."""
    hold(held.agency)
    if suspicion_of(held) is None:
        raise Conflict("This license is not suspended for a suspicion.", "Load the page again to see how it stands.")
    if not reason:
        raise Invalid("Say what was found, in a few words.", "No client names or birth dates.", "reason")
    holds.lift(held, HoldKind.SUSPICION, at, SOURCE)
    record("license.suspicion_lifted", held, data={"reason": reason})
    words = f"What was suspected is settled for the license of {held.person.name} at {held.agency.name}."
    _tell(held, f"settled:{at.isoformat()}", "A suspension is lifted", words, at)


def _tell(held: License, once: str, subject: str, words: str, at: datetime) -> None:
    """The agency and the Lead; the person hears of the lock itself."""
    told = {manager.id: manager for manager in managers_of(held.lead_id, at, held.coc_id)}
    mails.license_news(held, once, subject, f"{held.person.name}, {held.agency.name}: {words}", at, more=told.values())
