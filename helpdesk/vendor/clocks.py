"""When the vendor is asked again, and what happens when that time passes without a word of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import db
from core.deadlines import Deadline, Fires, Kind, cancel, deadlines_of, meet, open_deadline, register_kind
from core.people.models import CoC, Lead
from core.people.services import closures_of
from core.policy import Decision, Policy, policy_for
from core.policy.vocabulary import ListName
from helpdesk.flow.queries import desktime, practice_on
from helpdesk.vendor import mails, queries, rules
from helpdesk.vendor.models import CaseStep, VendorCase, VendorContact, VendorProtocol
from helpdesk.vendor.rows import move_on, step
from helpdesk.vendor.rules import Act

NEXT_CONTACT = "vendor-next-contact"
CHOSEN = "The day was chosen here."


@dataclass(frozen=True)
class Again:
    """When the vendor is asked again, and why then."""

    at: datetime
    because: tuple[str, ...]


def policy_of(lead: Lead, at: datetime) -> Policy | None:
    """What governs the Lead's first community; none while it has none."""
    coc = db.session.scalar(select(CoC).where(CoC.lead_id == lead.id).order_by(CoC.id).limit(1))
    return policy_for(coc, at.astimezone(ZoneInfo(lead.tz)).date()) if coc else None


def protocol_cited(lead: Lead, at: datetime, *because: str) -> dict[str, Any]:
    """What stands behind an act of the protocol with the vendor. Rules: HUD-HD-3."""
    policy = policy_of(lead, at)
    if policy is None or not policy.has(ListName.VENDOR_PROTOCOL):
        return {"because": list(because), "rule": "HUD-HD-3"}
    said = policy.list(ListName.VENDOR_PROTOCOL)
    return {
        "pack": policy.pack,
        "version": policy.version.isoformat(),
        "rule": said.rule,
        "source": said.source,
        "title": policy.manual_of(said.source),
        "section": said.section,
        "because": list(because),
        "says": said.says,
    }


def by_practice(lead: Lead, at: datetime) -> Again | None:
    """By the Lead's own practice, the same that its single requests keep; none where it sets no time."""
    zone = ZoneInfo(lead.tz)
    in_force = practice_on(lead.id, None, at.astimezone(zone).date())
    if in_force is None or in_force.practice.vendor is None:
        return None
    closures = {date.fromisoformat(day): name for day, name in closures_of(lead.id).items()}
    span = in_force.practice.vendor
    due = desktime(policy_of(lead, at), zone, closures).calendar.due(at, span)
    return Again(due.at, (f"The vendor is asked again after {span}.", *due.because))


def on_day(lead: Lead, day: date) -> Again:
    """To the end of a day that somebody chose."""
    zone = ZoneInfo(lead.tz)
    return Again(datetime.combine(day, time(23, 59, 59), zone), (CHOSEN,))


def start(case: VendorCase, again: Again | None, at: datetime) -> None:
    """The clock anew; what ran before is dropped. None stops it."""
    stop(case, at, "The vendor was asked again.", met=True)
    case.next_contact_at = None
    if again is None:
        return
    policy_says = protocol_cited(case.lead, at)
    zone = ZoneInfo(case.lead.tz)
    decision = Decision(
        pack=policy_says.get("pack", ""),
        version=date.fromisoformat(policy_says["version"]) if "version" in policy_says else at.astimezone(zone).date(),
        clock="",
        anchor=at.astimezone(zone),
        due=again.at.astimezone(zone),
        rule=policy_says["rule"],
        source=policy_says.get("source", ""),
        section=policy_says.get("section", "Vendor protocol"),
        title=policy_says.get("title", case.lead.name),
        because=again.because,
        says=policy_says.get("says", "The vendor is asked again."),
    )
    row = open_deadline(
        NEXT_CONTACT,
        case,
        decision,
        title=f"Ask the vendor again: case V{case.id}",
        lead_id=case.lead_id,
        person_id=case.keeper_id,
        holder="lead",
        occurrence=len(deadlines_of(case, NEXT_CONTACT)) + 1,
    )
    case.next_contact_at = row.due_at


def stop(case: VendorCase, at: datetime, why: str, *, met: bool = False) -> None:
    for row in deadlines_of(case, NEXT_CONTACT):
        if row.is_open or row.is_missed:
            (meet if met else cancel)(row, at, why)
    case.next_contact_at = None


def running(case: VendorCase) -> Deadline | None:
    """The clock as the page shows it: running, or missed and still owed."""
    rows = [row for row in deadlines_of(case, NEXT_CONTACT) if row.is_open or row.is_missed]
    return rows[-1] if rows else None


def _missed(clock: Deadline, now: datetime) -> None:
    """The vendor said nothing by then. After as many times as the Lead set, the next contact's turn has come."""
    held = select(VendorCase).where(VendorCase.id == clock.subject_id).with_for_update(of=VendorCase)
    case = db.session.scalars(held.execution_options(populate_existing=True)).one()
    case.misses += 1
    move_on(case, Act.MISSED, now)
    step(case, Act.MISSED, now, None, f"Nothing from the vendor by the next contact, {_times(case.misses)} in a row.")
    clock.outcome = "The vendor had not answered."
    what = "The vendor has not answered; ask it again"
    protocol = queries.protocol_of(case.lead_id)
    if protocol is not None and rules.should_escalate(case.misses, protocol.misses):
        what = _escalated(case, protocol, now) or what
    mails.tell_keeper(case, what, f"vendor-missed:{clock.id}")


def _escalated(case: VendorCase, protocol: VendorProtocol, now: datetime) -> str:
    """To the next contact; with none left, those who decide hear of it. Returns what the keeper is told."""
    because = (
        f"The vendor missed its next contact {_times(case.misses)} in a row.",
        f"The HMIS Lead asks the next contact after {_times(protocol.misses)}.",
    )
    ranked = queries.contacts_of(case.lead_id)
    following = rules.next_contact([row.id for row in ranked], case.contact_id)
    if following is None:
        return "The vendor has not answered, and nobody is left to ask; put it before those who decide"
    contact = next(row for row in ranked if row.id == following)
    hand_to(case, contact, now, None, "", protocol_cited(case.lead, now, *because))
    return f"Ask {contact.name} at the vendor now: the case went up to them"


def hand_to(
    case: VendorCase,
    contact: VendorContact,
    at: datetime,
    by: Any,
    reason: str,
    explanation: dict[str, Any],
    once: Any = None,
) -> CaseStep:
    """Somebody else at the vendor is asked from now on; the misses count anew."""
    move_on(case, Act.ESCALATE, at)
    case.contact, case.misses = contact, 0
    words = f"Went up to {contact.name}, {contact.part}. {reason}"
    return step(case, Act.ESCALATE, at, by, words, once=once, explanation=explanation, contact=contact.id)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _link(clock: Deadline) -> str:
    return f"/vendor-cases/{clock.subject_id}"


register_kind(Kind(NEXT_CONTACT, "Ask the vendor again", Fires.AFTER_DUE, _missed, link=_link, on_today=False))
