"""The vendor's answers by mail: whatever carries a case's own address goes to its thread, trackers included."""

from __future__ import annotations

from datetime import datetime

from core.authz import principal_for
from core.db import db
from core.errors import Conflict
from core.files.services import store
from core.people.models import Person
from core.people.services import person_by_email
from helpdesk.mail.parse import Parsed
from helpdesk.mail.tokens import read_case_token, read_token
from helpdesk.vendor import queries, services
from helpdesk.vendor.models import CaseFile, VendorCase
from helpdesk.vendor.permissions import Permission
from helpdesk.vendor.rows import hold, say
from helpdesk.vendor.rules import Said

MOST_IDS = 30
NOT_THE_VENDOR = "Somebody who is not the vendor wrote to a vendor case's own address (SON-HD-4)."


def case_of(parsed: Parsed) -> VendorCase | None:
    """The case whose signed address it was sent to; without one, the one that the vendor's own people answer."""
    if number := read_case_token(parsed.recipients):
        return db.session.get(VendorCase, number)
    return None if read_token(parsed.recipients) else _recognized(parsed)


def _recognized(parsed: Parsed) -> VendorCase | None:
    """Where a tracker dropped our address: by our letter that it answers, else by the number that the vendor gave the
    case. Only from an address at which the Lead knows its vendor; from anybody else a number proves nothing."""
    leads = queries.leads_of_vendor(parsed.sender)
    if not leads:
        return None
    return queries.case_that_wrote(parsed.thread[:MOST_IDS], leads) or queries.case_numbered(parsed.subject, leads)


def add(case: VendorCase, parsed: Parsed, at: datetime) -> None:
    """The vendor's words, or a note where one of the Lead's people answered.

    Raises Conflict for anybody else whom the service knows: no agency speaks with the vendor, nor for it (SON-HD-4).
    A person then looks at the mail.
    """
    person = person_by_email(parsed.sender)
    if person is not None:
        _note(case, person, parsed, at)
        return
    words = (parsed.sender, parsed.text, parsed.html, parsed.quoted, parsed.message_id)
    said = services.received(case, *words, at)
    db.session.add_all(
        CaseFile(message_id=said.id, file_id=store(one.content, one.name).id) for one in parsed.attachments
    )
    db.session.flush()


def _note(case: VendorCase, person: Person, parsed: Parsed, at: datetime) -> None:
    principal = principal_for(person, at)
    if not principal.can(Permission.WORK) or case.lead_id not in queries.lead_ids(principal):
        raise Conflict(NOT_THE_VENDOR)
    hold(case)
    say(case, Said.NOTE, parsed.text, at, author=person, address=parsed.sender, quoted=parsed.quoted)
