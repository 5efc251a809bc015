"""What kind of request it is: somebody new, somebody who comes back, or somebody from another agency.

A license is never moved (SON-LI-2): the one at the former agency ends, and this request leads to one of its own. What
was learned for the former one counts; who only comes back takes the series again (MO-TR-10, VT-TR-5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.db import among, db
from core.errors import Invalid
from core.people.models import Agency
from core.people.services import person_by_email
from core.policy import Policy
from core.policy.values import Cited
from core.policy.vocabulary import DutyName, GateName
from licensing.access import rules
from licensing.access.ground import policy_of
from licensing.access.lines import line_of
from licensing.access.models import AccessRequest, License, LicenseState
from licensing.access.rules import Line, LineState, RequestKind

FORMER = "former-license"
WORDS = {
    RequestKind.NEW: "Somebody new, or who comes back",
    RequestKind.TRANSFER: "Somebody who comes from another agency of this HMIS",
}
SAID = {
    RequestKind.NEW: "New",
    RequestKind.RETURN: "Comes back: had a license before",
    RequestKind.TRANSFER: "Comes from another agency",
}


def kind_of(agency: Agency, email: str, asked: RequestKind) -> tuple[RequestKind, License | None]:
    """The kind as the rows have it, and the license before. Raises Invalid for a transfer of whom no license is
    known elsewhere."""
    person = person_by_email(email)
    return kind_among(agency, licenses_of([person.id], agency).get(person.id, []) if person else [], asked)


def kind_among(agency: Agency, before: Sequence[License], asked: RequestKind) -> tuple[RequestKind, License | None]:
    """The same, of a person whose licenses are known."""
    if asked is RequestKind.TRANSFER:
        elsewhere = next((one for one in before if one.agency_id != agency.id), None)
        if elsewhere is None:
            raise Invalid(
                "No license of this person at another agency is known here.",
                "Check the address, or ask as for somebody new.",
                "kind",
            )
        return RequestKind.TRANSFER, elsewhere
    ended = next((one for one in before if one.state is LicenseState.ENDED), None)
    return (RequestKind.RETURN, ended) if ended else (RequestKind.NEW, None)


def licenses_of(people: Sequence[int], agency: Agency) -> dict[int, list[License]]:
    """By person, of the Lead's: those in force first, then the newest."""
    query = select(License).where(among(License.person_id, people), License.lead_id == agency.lead_id)
    found: dict[int, list[License]] = {}
    for row in db.session.scalars(query.order_by(License.id.desc())) if people else ():
        found.setdefault(row.person_id, []).append(row)
    return {person: sorted(rows, key=lambda one: one.state is LicenseState.ENDED) for person, rows in found.items()}


@line_of
def former_licenses(requests: Sequence[AccessRequest], at: datetime) -> dict[int, Line]:
    """A transfer waits until the license at the former agency has ended."""
    moves = [one for one in requests if one.kind is RequestKind.TRANSFER and one.former_license_id]
    if not moves:
        return {}
    there = {one.former_license_id for one in moves if one.former_license_id is not None}
    query = select(License.id).where(among(License.id, there))
    ended = set(db.session.scalars(query.where(License.state == LicenseState.ENDED)))
    return {one.id: _line(policy_of(one, at), has_ended=one.former_license_id in ended) for one in moves}


def _line(policy: Policy, *, has_ended: bool) -> Line:
    value: Cited = policy.gate(GateName.LICENSE)
    if policy.has(DutyName.INDIVIDUAL_LICENSES):
        value = policy.duty(DutyName.INDIVIDUAL_LICENSES)
    ended, runs = "The license at the former agency has ended.", "The license at the former agency is still in force."
    return Line(
        key=FORMER,
        label="Former license",
        state=LineState.MET if has_ended else LineState.MISSING,
        sentence=ended if has_ended else runs,
        who_can="The former agency, or the HMIS Lead, notes that the person leaves there.",
        rule=value.rule,
        source=value.source,
        section=value.section,
        explanation=rules.explain(policy, value, value.says),
    )
