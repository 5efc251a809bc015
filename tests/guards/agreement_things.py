"""Documents and agreements of the world in which every role tries every route."""

from __future__ import annotations

from core import clock
from core.db import unit_of_work
from core.people.models import Agency, Person
from core.policy import policy_for
from licensing.agreements.models import Agreement, Document, DocumentVersion
from licensing.agreements.rules import Kind, State


def one_of_each(agency: Agency, mark: str, person: Person, by: Person, once: str) -> dict[str, int]:
    """What the person is to sign, what waits for the Lead's signature, a document and one that is a draft."""
    now = clock.now()
    policy = policy_for(agency.coc, now.date())
    party = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "sent_at": now}
    under = {"pack": policy.pack, "pack_version": policy.version}
    with unit_of_work() as session:
        ethics, agreed = (_document(agency, kind, mark, once) for kind in (Kind.ETHICS, Kind.AGENCY))
        draft = Document(
            lead_id=agency.lead_id, coc_id=agency.coc_id, kind=Kind.POLICIES, title=f"Draft of {mark}", created_at=now,
            once=f"draft-{once}", versions=[DocumentVersion(number=1, body="Be kind.", created_at=now)],
        )  # fmt: skip
        sent = Agreement(
            document=ethics, version=ethics.versions[0], kind=Kind.ETHICS, person_id=person.id, **party, **under
        )
        waits = Agreement(
            document=agreed, version=agreed.versions[0], kind=Kind.AGENCY, state=State.SIGNED, signed_at=now,
            signer_id=by.id, signer_name=by.name, **party, **under,
        )  # fmt: skip
        session.add_all([ethics, agreed, draft, sent, waits])
        session.flush()
    return {
        "sent_agreement": sent.id, "signed_agreement": waits.id, "document": ethics.id, "draft_document": draft.id
    }  # fmt: skip


def _document(agency: Agency, kind: Kind, mark: str, once: str) -> Document:
    now = clock.now()
    version = DocumentVersion(
        number=1, body=f"At {mark}.", clauses=[f"I am kind at {mark}."], created_at=now, published_at=now,
        effective_on=now.date(),
    )  # fmt: skip
    return Document(
        lead_id=agency.lead_id, coc_id=agency.coc_id, kind=kind, title=f"{kind} of {mark}", created_at=now,
        once=f"{kind}-{once}", versions=[version],
    )  # fmt: skip
