from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from core.audit import record
from core.authz import Principal
from core.db import db
from core.errors import Conflict, Invalid
from core.files import store
from core.once import one_at_a_time
from core.people.models import Agency
from core.typed import refuse_client_data
from helpdesk.matters.letters import rules
from helpdesk.matters.letters.models import ParticipationLetter
from helpdesk.matters.letters.pdf import render
from helpdesk.matters.letters.rules import Entitlement, Letter, Standing
from helpdesk.matters.policies import policy_at

NEXT_ID = text("select nextval(pg_get_serial_sequence('participation_letter', 'id'))")


def entitlement(agency: Agency, at: datetime) -> Entitlement:
    return rules.entitlement(policy_at(agency.coc, at), agency.status, agency.name)


def issue(agency: Agency, by: Principal, addressee: str, once: str, at: datetime) -> ParticipationLetter:
    """Write the letter and keep its file. Raises Conflict, with the rule, for an agency that gets none."""
    one_at_a_time(once)
    if earlier := db.session.scalar(select(ParticipationLetter).where(ParticipationLetter.once == once)):
        return _same_form(earlier, by)
    refuse_client_data(addressee, "addressee")
    if any(char in addressee for char in "\r\n"):
        raise Invalid("Give the addressee in one line.", field="addressee")
    allowed = entitlement(agency, at)
    if allowed.standing is None:
        raise Conflict(allowed.sentence, f"See {allowed.citation}.", field="agency", rule=allowed.rule or None)
    row = _write(agency, by, addressee, allowed.standing, allowed.citation, once, at)
    record("letter.issued", row, data={"number": row.number, "standing": row.standing})
    return row


def _same_form(earlier: ParticipationLetter, by: Principal) -> ParticipationLetter:
    if earlier.requested_by_id != by.person_id:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return earlier


def _write(
    agency: Agency, by: Principal, addressee: str, standing: Standing, citation: str, once: str, at: datetime
) -> ParticipationLetter:
    policy = policy_at(agency.coc, at)
    number = db.session.execute(NEXT_ID).scalar_one()
    local = at.astimezone(ZoneInfo(agency.coc.tz)).replace(microsecond=0)
    letter = Letter(
        number=rules.number(agency.coc.code, local, number),
        lead=agency.coc.lead.name,
        lead_address=agency.coc.lead.support_address,
        agency=agency.name,
        community=agency.coc.name,
        community_code=agency.coc.code,
        standing=standing,
        addressee=addressee,
        issued_at=local,
        citation=citation,
    )
    row = ParticipationLetter(
        id=number,
        lead_id=agency.lead_id,
        coc_id=agency.coc_id,
        agency_id=agency.id,
        agency=agency,
        number=letter.number,
        standing=standing,
        addressee=addressee,
        issued_at=at,
        requested_by_id=by.person_id,
        file=store(render(letter), f"participation-letter-{letter.number}.pdf"),
        pack=policy.pack,
        pack_version=policy.version,
        once=once,
    )
    db.session.add(row)
    db.session.flush()
    return row
