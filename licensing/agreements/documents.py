"""Writing a document: its versions, each a draft until it is published, and never changed from then on (HUD-LI-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.agreeing import text_hash
from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, DomainError
from core.once import one_at_a_time
from core.people.models import CoC, Lead
from core.policy import Policy, policy_for
from licensing.agreements import rules, sending
from licensing.agreements.models import Document, DocumentVersion
from licensing.agreements.rules import Kind, Lack


class NotReady(DomainError):
    """A version lacks something; `lacks` has all of it."""

    status = 422
    code = "invalid"

    def __init__(self, lacks: list[Lack]) -> None:
        super().__init__(lacks[0].sentence, "", lacks[0].field, lacks[0].rule or None)
        self.lacks = lacks


@dataclass(frozen=True)
class Written:
    """What is typed of a version. `covers`: for each expectation the number of the clause that meets it, 0 for none."""

    body: str
    clauses: tuple[str, ...]
    covers: Mapping[str, int]
    changes: str = ""


def policies(document: Document, at: datetime) -> list[Policy]:
    """Of every community in which it is signed."""
    query = select(CoC).where(CoC.lead_id == document.lead_id).order_by(CoC.id)
    query = query.where(CoC.id == document.coc_id) if document.coc_id else query
    return [policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date()) for coc in db.session.scalars(query)]


def begin(lead: Lead, coc: CoC | None, kind: Kind, title: str, by: Principal, once: str, at: datetime) -> Document:
    """A document with an empty first draft; the same form again is the same document."""
    one_at_a_time(once)
    if known := db.session.scalar(select(Document).where(Document.once == once)):
        return known
    row = Document(
        lead_id=lead.id, coc_id=coc.id if coc else None, coc=coc, kind=kind, title=title, created_by_id=by.person_id,
        created_at=at, once=once,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    db.session.add(DocumentVersion(document_id=row.id, document=row, number=1, created_at=at))
    db.session.flush()
    record("document.begun", row, data={"kind": kind, "title": title})
    return row


def draft_of(row: Document) -> DocumentVersion | None:
    return next((one for one in row.versions if one.published_at is None), None)


def newest(row: Document, today: date | None = None) -> DocumentVersion | None:
    """The version that is signed now: the newest of those that are published, and in effect by that day."""
    ready = (one for one in row.versions if one.published_at is not None)
    return next((one for one in ready if today is None or (one.effective_on and one.effective_on <= today)), None)


def new_version(row: Document, at: datetime) -> DocumentVersion:
    """A draft that begins as the newest version; there is one draft at a time. The document must be locked."""
    if draft := draft_of(row):
        return draft
    last = row.versions[0]
    number = last.number + 1
    made = DocumentVersion(
        document_id=row.id, number=number, body=last.body, clauses=list(last.clauses), covers=dict(last.covers),
        created_at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    db.session.expire(row, ["versions"])
    record("document.drafted", row, data={"version": number})
    return made


def write(version: DocumentVersion, written: Written) -> None:
    """Change the draft. Raises Conflict once it is published: what somebody signed is never changed."""
    if version.published_at is not None:
        raise Conflict("This version is published, so its text stays as it is.", "Begin a new version.")
    version.body, version.clauses = written.body, list(written.clauses)
    version.covers, version.changes = {k: v for k, v in written.covers.items() if v}, written.changes
    record("document.written", version.document, data={"version": version.number})


def publish(version: DocumentVersion, effective_on: date, by: Principal, at: datetime, *, resigns: bool) -> int:
    """Fix the text for good. Where everybody is to sign it, it is sent to them now. Returns how many that were.

    Raises NotReady for a text that lacks something (HUD-LI-4). The document must be locked.
    """
    document = version.document
    if version.published_at is not None:
        return 0
    lacks = [one for policy in policies(document, at) for one in rules.lacks(document.kind, version.text, policy)]
    if lacks:
        raise NotReady(lacks)
    version.published_at, version.published_by_id, version.effective_on = at, by.person_id, effective_on
    version.resigns, version.text_sha256 = resigns, text_hash(version.body, version.clauses)
    db.session.flush()
    record("document.published", document, data={"version": version.number, "text": version.text_sha256})
    zone = ZoneInfo(document.coc.tz if document.coc else by.tz or "UTC")
    return sending.send(version, at) if resigns and effective_on <= at.astimezone(zone).date() else 0
