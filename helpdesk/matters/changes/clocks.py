"""What happens when the time to forward, or to acknowledge, what was adopted is over."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.people.models import DesignationKind
from core.people.services import designated
from helpdesk.matters.changes import mails, services
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery


def _change(clock: Deadline) -> PolicyChange:
    return db.session.get_one(PolicyChange, clock.subject_id)


def _delivery(clock: Deadline) -> PolicyDelivery:
    return db.session.get_one(PolicyDelivery, clock.subject_id)


def _not_forwarded(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Not forwarded in time."
    row = _change(clock)
    says = "What the board adopted has not been forwarded to the executive directors in time."
    mails.reminder(row, clock, mails.keepers(row, now), says, "not-forwarded")


def _forward_soon(clock: Deadline, now: datetime) -> None:
    row = _change(clock)
    says = "What the board adopted is to be forwarded to all executive directors soon."
    mails.reminder(row, clock, mails.keepers(row, now), says, f"forward-soon-{now:%Y%m%dT%H%M}")


def _not_acknowledged(clock: Deadline, now: datetime) -> None:
    clock.outcome = "Not acknowledged in time."
    _remind(clock, now, "Your agency has not acknowledged a change of the HMIS policies in time.", "late")


def _acknowledge_soon(clock: Deadline, now: datetime) -> None:
    _remind(clock, now, "A change of the HMIS policies waits for your acknowledgement.", f"soon-{now:%Y%m%dT%H%M}")


def _remind(clock: Deadline, now: datetime, says: str, once: str) -> None:
    delivery = _delivery(clock)
    people = designated(delivery.agency_id, DesignationKind.EXECUTIVE_DIRECTOR, now)
    mails.reminder(delivery.change, clock, people, says, f"{once}-{delivery.id}")


def _link(clock: Deadline) -> str:
    return f"/policy-changes/{clock.subject_id}"


def _link_of_delivery(clock: Deadline) -> str:
    return f"/policy-changes/deliveries/{clock.subject_id}"


register_kind(
    Kind(
        services.FORWARDING,
        "Forwarding of adopted policies",
        Fires.AFTER_DUE,
        _not_forwarded,
        _forward_soon,
        _link,
        "Forward it",
    )
)
register_kind(
    Kind(
        services.ACKNOWLEDGEMENT,
        "Acknowledgement of policies",
        Fires.AFTER_DUE,
        _not_acknowledged,
        _acknowledge_soon,
        _link_of_delivery,
        "Acknowledge",
    )
)
