"""A course in which an agreement is signed: where the manual says that it is the user agreement, it counts as that.

Rules: MO-TR-2, MO-LI-1.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.audit import record
from core.db import db
from core.events import subscribe
from core.people.models import Agency
from core.policy import policy_for
from licensing.agreements import rules, services
from licensing.agreements.models import Agreement, Document, DocumentVersion
from licensing.agreements.rules import USER_STEP, Kind, State
from licensing.agreements.sending import BLANK
from training import api as training


@subscribe(training.AgreementSigned)
def signed_in_training(event: training.AgreementSigned) -> None:
    """The very text is kept once; what else the person was sent of this kind stays to be signed."""
    agency = db.session.get(Agency, event.agency_id) if event.agency_id else None
    if agency is None or USER_STEP not in event.credits:
        return
    policy = policy_for(agency.coc, event.at.astimezone(agency.zone).date())
    if not rules.course_counts(policy):
        return
    version = _version(event)
    values = BLANK | {
        "lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "person_id": event.person_id,
        "document_id": version.document_id, "version_id": version.id, "kind": Kind.USER, "state": State.SIGNED,
        "source": f"course_signature:{event.signature_id}", "sent_at": event.at, "told_at": event.at,
        "signed_at": event.at, "signer_id": event.person_id, "signer_name": event.name, "intent": event.intent,
        "signer_address": event.address, "text_sha256": event.text_sha256, "pack": policy.pack,
        "pack_version": policy.version,
    }  # fmt: skip
    number = db.session.scalar(insert(Agreement).values(**values).on_conflict_do_nothing().returning(Agreement.id))
    if number is None:
        return
    row = db.session.get_one(Agreement, number)
    record("agreement.signed", row, data={"document": event.title, "text": row.text_sha256, "in": "training"})
    services.come_into_force(row, event.at)


def _version(event: training.AgreementSigned) -> DocumentVersion:
    """The text as it was signed, as a version of the document that the course is."""
    source = f"course:{event.course_id}"
    told = {
        "lead_id": event.lead_id, "kind": Kind.USER, "title": event.title, "source": source, "created_at": event.at,
        "once": f"{source}:{event.lead_id}",
    }  # fmt: skip
    db.session.execute(insert(Document).values(**told).on_conflict_do_nothing())
    same = (Document.source == source, Document.lead_id == event.lead_id)
    document = db.session.scalars(select(Document).where(*same).with_for_update(of=Document)).one()
    text = select(DocumentVersion).where(
        DocumentVersion.document_id == document.id, DocumentVersion.text_sha256 == event.text_sha256
    )
    if known := db.session.scalar(text):
        return known
    db.session.expire(document, ["versions"])
    made = DocumentVersion(
        document_id=document.id, number=len(document.versions) + 1, body=event.body, clauses=list(event.clauses),
        text_sha256=event.text_sha256, effective_on=event.at.date(), published_at=event.at, created_at=event.at,
        resigns=False,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made
