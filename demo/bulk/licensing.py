"""Requests, licenses, departures and their two clocks as rows, just as the verbs of licensing would have left them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.deadlines import kind_named
from core.policy import Decision, Policy
from core.workcalendar import Closures
from demo.bulk.lines import Event, Ids, Sheets, canonical
from demo.bulk.tickets import Who
from licensing.access import rules as access_rules
from licensing.departures import rules
from licensing.departures.models import REASONS, Channel, Reason
from licensing.departures.services import DEACTIVATION, NOTICE, REMIND

GROUNDS = "Seen in the agency's file."
FIRES_LATE = timedelta(seconds=4)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Employer:
    """An agency as licensing needs it; `projects` are ids."""

    lead_id: int
    coc_id: int
    agency_id: int
    name: str
    tz: str
    policy: Policy
    closures: Closures
    representative: Who
    manager: Who
    agent: Who
    projects: tuple[int, ...]

    @property
    def owner(self) -> dict[str, int]:
        return {"lead_id": self.lead_id, "coc_id": self.coc_id, "agency_id": self.agency_id}


@dataclass(frozen=True)
class Leaving:
    """How somebody left. `noticed_at` none: the agency never said so, and the Lead found out at `known_at`."""

    leaves_at: datetime
    noticed_at: datetime | None
    known_at: datetime
    reason: Reason = Reason.LEFT
    undone_at: datetime | None = None

    @property
    def told_by_agency(self) -> bool:
        return self.noticed_at is not None


@dataclass
class Office:
    """Writes into sheets and events; everything it is told lies before `until`, or is still to come then."""

    sheets: Sheets
    ids: Ids
    until: datetime
    events: list[Event] = field(default_factory=list)

    def give(self, at: Employer, person: Who, requested: datetime, given: datetime, job: str, employment: str) -> int:
        """A request that was approved and became a license; returns the request's id."""
        request = next(self.ids["access_request"])
        decided = requested + (given - requested) / 2
        policy = at.policy
        self.sheets.add(
            "access_request",
            {
                "id": request,
                "kind": "new",
                **at.owner,
                "requested_by_id": at.representative.id,
                "requested_at": requested,
                "person_id": person.id,
                "name": person.name,
                "email": person.email,
                "job_title": job,
                "employment": employment,
                "level": level_of(policy),
                "enters_data": True,
                "is_of_age": True,
                "state": "activated",
                "decided_by_id": at.manager.id,
                "decided_at": decided,
                "decision_reason": "The agency needs it.",
                "closed_at": given,
                "pack": policy.pack,
                "pack_version": policy.version,
                "once": f"demo-request-{request}",
            },
        )
        for project in at.projects[:2]:
            self.sheets.add("access_request_project", {"request_id": request, "project_id": project})
        self._tell(
            requested,
            at.representative,
            "access.requested",
            "access_request",
            request,
            at,
            name=person.name,
            level=level_of(policy),
            pack=policy.pack,
        )
        self._tell(
            decided,
            at.manager,
            "access.approved",
            "access_request",
            request,
            at,
            reason="The agency needs it.",
            pack=policy.pack,
            version=policy.version.isoformat(),
        )
        self._confirm(at, request, decided, given)
        return request

    def _confirm(self, at: Employer, request: int, decided: datetime, given: datetime) -> None:
        lines = sorted(access_rules.confirmable_lines(at.policy))
        for number, line in enumerate(lines, 1):
            when = decided + (given - decided) * number / (len(lines) + 1)
            row = {
                "id": next(self.ids["access_confirmation"]),
                "request_id": request,
                "line": line,
                "is_needed": True,
                "reason": GROUNDS,
                "confirmed_by_id": at.agent.id,
                "at": when,
            }
            self.sheets.add("access_confirmation", row)
            self._tell(
                when,
                at.agent,
                "access.confirmed",
                "access_request",
                request,
                at,
                line=line,
                reason=GROUNDS,
                needed=True,
            )

    def license(
        self,
        at: Employer,
        person: Who,
        held: int,
        since: datetime,
        request: int | None,
        ended: datetime | None = None,
        reason: str = "",
    ) -> None:
        """The license of the id `held`; `ended` may lie ahead, when a departure has been announced."""
        over = ended is not None and ended <= self.until
        self.sheets.add(
            "license",
            {
                "id": held,
                **at.owner,
                "person_id": person.id,
                "request_id": request,
                "level": level_of(at.policy),
                "enters_data": True,
                "has_reporting": False,
                "state": "ended" if over else "active",
                "since": since,
                "ended_at": ended,
                "ended_reason": reason if over else "",
            },
        )
        for project in at.projects[:2]:
            self.sheets.add("license_project", {"license_id": held, "project_id": project})
        if request is not None:
            self._tell(
                since, at.agent, "access.activated", "access_request", request, at, license=held, person=person.id
            )
            self._tell(
                since,
                at.agent,
                "license.activated",
                "license",
                held,
                at,
                level=level_of(at.policy),
                person=person.id,
                request=request,
            )

    def departure(self, at: Employer, person: Who, told: Leaving, license_id: int) -> datetime | None:
        """A departure with both clocks; returns when access ended or will end, None when it was taken back."""
        row = next(self.ids["departure_notice"])
        zone = ZoneInfo(at.tz)
        view = rules.outlook(
            at.policy, told.leaves_at, told.noticed_at or told.known_at, told.known_at, zone, at.closures, person.name
        )
        ends_at = max(view.ends_at, told.known_at)
        over = told.undone_at is None and ends_at <= self.until
        effective = ends_at + (FIRES_LATE if ends_at > told.known_at else timedelta()) if over else None
        off = effective + 3 * DAY / 4 if effective and effective + DAY < self.until and row % 9 else None
        by = at.representative if told.told_by_agency else at.agent
        self.sheets.add(
            "departure_notice",
            {
                "id": row,
                **at.owner,
                "person_id": person.id,
                "leaves_at": told.leaves_at,
                "reason": told.reason,
                "channel": Channel.FORM if told.told_by_agency else Channel.FOUND_OUT,
                "ticket_id": None,
                "recorded_by_id": by.id,
                "recorded_at": told.known_at,
                "noticed_by_id": at.representative.id if told.told_by_agency else None,
                "noticed_at": told.noticed_at,
                "state": "undone" if told.undone_at else "effective" if over else "scheduled",
                "ends_at": view.ends_at,
                "effective_at": effective and ends_at,
                "undone_at": told.undone_at,
                "undone_by_id": by.id if told.undone_at else None,
                "off_at": off,
                "off_by_id": at.agent.id if off else None,
                "off_evidence": "The account shows as inactive." if off else "",
                "once": f"demo-departure-{row}",
            },
        )
        self._tell(
            told.known_at,
            by,
            "departure.noted",
            "departure_notice",
            row,
            at,
            person=person.id,
            leaves=str(told.leaves_at),
            channel="form" if told.told_by_agency else "found-out",
        )
        self._agencys_clock(at, row, person, told, view.notice)
        self._leads_clock(at, row, person, told, view.end, effective)
        if told.undone_at:
            self._tell(told.undone_at, by, "departure.undone", "departure_notice", row, at, person=person.id)
            return None
        if effective:
            self._tell(
                effective,
                None,
                "license.ended",
                "license",
                license_id,
                at,
                reason=REASONS[told.reason],
                at=str(ends_at),
            )
            self._tell(
                effective,
                None,
                "departure.effective",
                "departure_notice",
                row,
                at,
                person=person.id,
                at=str(ends_at),
                late=_late(told, view, ends_at),
            )
        if off:
            self._tell(
                off,
                at.agent,
                "departure.off-confirmed",
                "departure_notice",
                row,
                at,
                evidence="The account shows as inactive.",
            )
        return ends_at

    def _agencys_clock(self, at: Employer, row: int, person: Who, told: Leaving, decision: Decision) -> None:
        due = decision.due.replace(microsecond=0)
        state, closed, outcome = "pending", None, ""
        if told.noticed_at is not None:
            state, closed, outcome = "met", told.noticed_at, "The agency told the Lead."
        elif told.undone_at and told.undone_at <= due:
            state, closed, outcome = "cancelled", told.undone_at, "The departure was undone."
        elif (fired := max(due + timedelta(seconds=1), told.known_at) + FIRES_LATE) <= self.until:
            state, closed, outcome = "fired", fired, "No notice came in time."
        title = f"Notice that {person.name} leaves {at.name}"
        self._clock(at, row, NOTICE, decision, title, "agency", (), told.known_at, state, closed, outcome)

    def _leads_clock(
        self, at: Employer, row: int, person: Who, told: Leaving, decision: Decision, effective: datetime | None
    ) -> None:
        state, closed, outcome = "pending", None, ""
        if told.undone_at:
            state, closed, outcome = "cancelled", told.undone_at, "The departure was undone."
        elif effective and effective <= told.known_at:
            state, closed, outcome = "met", effective, "Access ended."
        elif effective:
            state, closed, outcome = "fired", effective, "Access ended by itself."
        title = f"End access: {person.name}, {at.name}"
        self._clock(at, row, DEACTIVATION, decision, title, "lead", REMIND, told.known_at, state, closed, outcome)

    def _clock(
        self,
        at: Employer,
        row: int,
        kind: str,
        decision: Decision,
        title: str,
        holder: str,
        warn: tuple[timedelta, ...],
        opened: datetime,
        state: str,
        closed: datetime | None,
        outcome: str,
    ) -> None:
        number = next(self.ids["deadline"])
        registered = kind_named(kind)
        assert registered is not None, "licensing registers its kinds when it is imported"
        due = decision.due.replace(microsecond=0)
        fire = due + registered.fires.value
        through = max([opened, *(due - gap for gap in warn if due - gap <= self.until)])
        self.sheets.add(
            "deadline",
            {
                "id": number,
                "kind": kind,
                "title": title,
                "subject_type": "departure_notice",
                "subject_id": row,
                "occurrence": 1,
                **at.owner,
                "person_id": None,
                "holder": holder,
                "rule": decision.rule,
                "pack": decision.pack,
                "pack_version": decision.version,
                "clock": decision.clock,
                "explanation": decision.as_json(),
                "anchor_at": decision.anchor,
                "tz": str(decision.due.tzinfo),
                "due_at": due,
                "fire_at": fire,
                "wake_at": min([*(due - gap for gap in warn if due - gap > through), fire]),
                "warn_before": sorted((int(gap.total_seconds()) for gap in warn), reverse=True),
                "warned_through": through,
                "state": state,
                "opened_at": opened,
                "closed_at": closed,
                "paused_at": None,
                "outcome": outcome,
                "attempts": 0,
                "last_error": "",
            },
        )
        told = {"kind": kind, "due": due.isoformat(), "rule": decision.rule}
        by = at.representative if closed and state == "met" else at.agent
        self._tell(opened, by, "deadline.opened", "deadline", number, at, **told)
        if closed is None:
            return
        if state == "fired":
            behind = int((closed - fire).total_seconds())
            self._tell(closed, None, "deadline.fired", "deadline", number, at, kind=kind, behind_seconds=behind)
        else:
            late = rules.late_by(due, closed) is not None
            self._tell(
                max(closed, opened),
                by,
                f"deadline.{state}",
                "deadline",
                number,
                at,
                kind=kind,
                late=late,
                outcome=outcome,
            )

    def _tell(
        self, when: datetime, by: Who | None, action: str, kind: str, subject: int, where: Employer, /, **data: Any
    ) -> None:
        actor = (by.id, by.name) if by else ("null", "system:deadlines")
        told = canonical(data)
        self.events.append((int(when.timestamp()), *actor, action, kind, subject, where.agency_id, told))


def _late(told: Leaving, view: rules.Outlook, ends_at: datetime) -> dict[str, str | None]:
    notice = rules.late_by(view.notice.due.replace(microsecond=0), told.noticed_at or ends_at)
    end = rules.late_by(view.end.due.replace(microsecond=0), ends_at)
    return {NOTICE: rules.say_span(notice) if notice else None, DEACTIVATION: rules.say_span(end) if end else None}


def level_of(policy: Policy) -> str:
    """The lowest level of the pack; none where the manual has no levels."""
    levels = access_rules.levels_of(policy)
    return str(next(iter(levels.levels))) if levels else ""
