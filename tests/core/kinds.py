"""Deadline kinds for tests: one that acts at its due time, one that says what was missed, one that breaks."""

from __future__ import annotations

from core.audit import record
from core.db import db
from core.deadlines import Fires, Kind, register_kind
from core.people.models import Lead

ACT, MISS, POISON = "test-act", "test-miss", "test-poison"


def _append(mark):
    def effect(row, at):
        lead = db.session.get(Lead, row.subject_id)
        lead.vendor_name = (lead.vendor_name + mark)[-20:]
        record("test.effect", lead)

    return effect


def _break(row, at):
    lead = db.session.get(Lead, row.subject_id)
    lead.vendor_name = "half done"
    db.session.flush()
    raise RuntimeError("this effect always fails")


register_kind(Kind(ACT, "An act", Fires.AT_DUE, _append("+"), on_warn=_append("w")))
register_kind(Kind(MISS, "A miss", Fires.AFTER_DUE, _append("-")))
register_kind(Kind(POISON, "A poison", Fires.AT_DUE, _break))
