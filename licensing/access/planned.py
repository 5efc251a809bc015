"""When a license is going to end: the soonest of what was announced for it.

A departure, the end of its agency and access for a time each set an end that lies ahead. Each names here the
statement that finds its own, so that whichever comes or goes, what is left decides.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, update

from core.db import db
from licensing.access.models import License, LicenseState

_sources: list[ScalarSelect[Any]] = []


def ends(source: ScalarSelect[Any]) -> None:
    """A correlated statement: when, by this reason, the License of the row around it ends; null for not."""
    _sources.append(source)


def replan(*which: ColumnElement[bool]) -> None:
    """Set `ended_at` of the licenses in force that are meant, so that each ends then whether or not anything runs."""
    soonest = func.least(*_sources)
    db.session.execute(update(License).where(License.state != LicenseState.ENDED, *which).values(ended_at=soonest))
