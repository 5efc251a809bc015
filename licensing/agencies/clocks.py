"""What happens when somebody an agency must have is missing: it is owed at once, and both sides are told."""

from __future__ import annotations

from datetime import datetime

from core.db import db
from core.deadlines import Deadline, Fires, Kind, register_kind
from core.people.models import Agency, DesignationKind
from licensing.agencies import mails
from licensing.agencies.officers import VACANCY
from licensing.agencies.rules import WORDS


def _told(kind: DesignationKind, clock: Deadline, now: datetime) -> None:
    clock.outcome = f"Nobody is the agency's {WORDS[kind]}."
    mails.vacancy(db.session.get_one(Agency, clock.subject_id), clock, WORDS[kind], now)


def _link(clock: Deadline) -> str:
    return f"/agencies/{clock.subject_id}/designations"


def _register(kind: DesignationKind) -> None:
    def missed(clock: Deadline, now: datetime) -> None:
        _told(kind, clock, now)

    label = f"{WORDS[kind].capitalize()} missing"
    register_kind(
        Kind(VACANCY[kind], label, Fires.AFTER_DUE, missed, link=_link, action="Name somebody", on_today=False)
    )


for _kind in VACANCY:
    _register(_kind)
