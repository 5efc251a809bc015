"""The verbs of a Lead's own questions. One is never deleted: what was answered to it stays readable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from core import ppi
from core.audit import record
from core.db import db
from core.errors import Conflict, Invalid
from core.people.models import Lead
from helpdesk.intake import queries
from helpdesk.intake.models import CustomField
from helpdesk.intake.questions import ASKED, KEEPABLE, FieldKind, asks_for_client_data
from helpdesk.tickets.rules import Category

MOST = 20
MOST_CHOICES = 50
LONGEST_CHOICE = 100


@dataclass(frozen=True)
class Worded:
    """A question as somebody typed it."""

    label: str
    choices: tuple[str, ...] = ()
    hint: str = ""
    is_required: bool = False


def add(lead: Lead, category: Category, kind: FieldKind, worded: Worded) -> CustomField:
    """At the end of its category's questions. The same one sent twice is one.

    Raises Invalid for a question that asks for a client's data (MO-HD-5), that is there already, or one too many.
    """
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())
    rows = list(db.session.scalars(queries.custom_fields(lead.id).where(CustomField.category == category)))
    same = _named(rows, worded.label)
    if same is not None and (same.kind, as_worded(same)) == (kind, worded):
        return same
    if kind not in KEEPABLE:
        raise Invalid("Choose how it is answered.", field="kind")
    if len([row for row in rows if row.retired_at is None]) >= MOST:
        raise Invalid(f"At most {MOST} questions of your own for one kind of request.", "Retire one.", field="label")
    _check(category, kind, worded, same)
    row = CustomField(
        lead_id=lead.id,
        category=category,
        kind=kind,
        key=_key(category, rows, worded.label),
        position=max((known.position for known in rows), default=0) + 1,
    )
    _take(row, worded)
    db.session.add(row)
    db.session.flush()
    record("intake.field_added", row, data={"category": category, "label": worded.label, "kind": kind})
    return row


def change(row: CustomField, worded: Worded) -> None:
    """Other words; the row must be locked. How it is answered stays, or old answers would mean something else."""
    if as_worded(row) == worded:
        return
    others = queries.custom_fields(row.lead_id).where(CustomField.category == row.category, CustomField.id != row.id)
    _check(row.category, row.kind, worded, _named(list(db.session.scalars(others)), worded.label))
    before = row.label
    _take(row, worded)
    record("intake.field_changed", row, data={"from": before, "label": row.label, "required": row.is_required})


def retire(row: CustomField, at: datetime) -> None:
    if row.retired_at is not None:
        raise Conflict("This question is retired already.", "Load the page again.")
    row.retired_at = at
    record("intake.field_retired", row, data={"label": row.label})


def bring_back(row: CustomField) -> None:
    if row.retired_at is None:
        raise Conflict("This question is asked already.", "Load the page again.")
    row.retired_at = None
    record("intake.field_brought_back", row, data={"label": row.label})


def move_up(row: CustomField) -> None:
    """Before the question that is asked before it; the first stays where it is."""
    query = queries.custom_fields(row.lead_id).where(
        CustomField.category == row.category, CustomField.retired_at.is_(None)
    )
    rows = list(db.session.scalars(query.with_for_update()))
    before = next((one for one, after in pairwise(rows) if after is row), None)
    if before is not None:
        before.position, row.position = row.position, before.position
        record("intake.field_moved", row, data={"label": row.label, "position": row.position})


def as_worded(row: CustomField) -> Worded:
    return Worded(row.label, tuple(row.choices), row.hint, row.is_required)


def _take(row: CustomField, worded: Worded) -> None:
    row.label, row.hint, row.is_required = worded.label, worded.hint, worded.is_required
    row.choices = list(worded.choices)


def _named(rows: Sequence[CustomField], label: str) -> CustomField | None:
    return next((row for row in rows if row.label.lower() == label.lower()), None)


def _check(category: Category, kind: FieldKind, worded: Worded, same: CustomField | None) -> None:
    if same is not None or any(question.label.lower() == worded.label.lower() for question in ASKED.get(category, ())):
        told = "It is retired; bring it back." if same is not None and same.retired_at else "Change that one instead."
        raise Invalid("There is a question of these words for this kind of request.", told, field="label")
    if asks_for_client_data(worded.label) or ppi.find(f"{worded.label} {worded.hint}"):
        raise Invalid(
            "This asks for a client's personal data, which is kept in no request.",
            "Ask for the client ID.",
            field="label",
            rule="MO-HD-5",
        )
    if kind is not FieldKind.CHOICE:
        if worded.choices:
            raise Invalid("Only a choice has choices.", field="choices")
        return
    if not 2 <= len(worded.choices) <= MOST_CHOICES:
        raise Invalid(f"A choice needs from 2 to {MOST_CHOICES} choices, one on each line.", field="choices")
    if any(len(choice) > LONGEST_CHOICE or ppi.find(choice) for choice in worded.choices):
        raise Invalid(
            f"A choice has at most {LONGEST_CHOICE} letters, and no client's data.", field="choices", rule="MO-HD-5"
        )


def _key(category: Category, rows: Sequence[CustomField], label: str) -> str:
    """A name for programs that stays, whatever the words become."""
    taken = {row.key for row in rows} | {question.key for question in ASKED.get(category, ())}
    plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:40] or "field"
    number = 1
    while (key := plain if number == 1 else f"{plain}_{number}") in taken:
        number += 1
    return key
