"""The world in which every role tries every route: one thing of each kind at every place, put back after each write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import Table, TextClause, event, select, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from core import clock
from core.accounts import sessions, tokens
from core.accounts.guard import limiter
from core.audit import AuditEvent
from core.authz import Principal, Role, RoleGrant, principal_for
from core.db import Base, db, unit_of_work
from core.deadlines import Deadline
from core.files.services import store
from core.outbox import OutboxMessage, SendState
from core.people.models import Agency, Closure, DesignationKind, Lead, LeadStaff, Person, Project, StaffRole
from helpdesk.bonds.models import TicketLink, TicketMerge
from helpdesk.bonds.rules import LinkKind
from helpdesk.desk import keeping
from helpdesk.desk.macros import Steps
from helpdesk.desk.models import BulkAct, Macro, SavedView
from helpdesk.elevation import services as elevations
from helpdesk.elevation.models import Elevation
from helpdesk.elevation.rules import Body
from helpdesk.flow.models import ServicePractice
from helpdesk.intake import keeping as questions
from helpdesk.intake import reviews
from helpdesk.intake.questions import FieldKind
from helpdesk.knowledge import services as knowledge
from helpdesk.knowledge.rules import Audience
from helpdesk.knowledge.services import Written
from helpdesk.knowledge.standing import places_to_write
from helpdesk.mail.models import InboundMessage, InboundState, SupportAddress
from helpdesk.matters.breaches import services as breaches
from helpdesk.matters.changes.models import PolicyChange, PolicyDelivery
from helpdesk.matters.changes.rules import ChangeState
from helpdesk.matters.complaints import services as complaints
from helpdesk.matters.complaints.rules import Channel as Heard
from helpdesk.matters.complaints.rules import Kind as ComplaintKind
from helpdesk.matters.complaints.services import Said
from helpdesk.matters.conflicts import services as conflicts
from helpdesk.matters.letters import services as letters
from helpdesk.notices import services as notices
from helpdesk.notices.rules import Audience as AudienceOfNotice
from helpdesk.notices.rules import Kind as NoticeKind
from helpdesk.replies import services as replies
from helpdesk.replies.services import Worded
from helpdesk.reports.models import Evaluation, EvaluationState, Theme
from helpdesk.reports.themes.rules import Sort
from helpdesk.requests.clients import services as client_requests
from helpdesk.requests.clients.services import Asked as OfClient
from helpdesk.requests.data import services as data_requests
from helpdesk.requests.data.rules import About, Answers, Level, Requester
from helpdesk.requests.data.services import Asked as Wanted
from helpdesk.requests.demands import services as demands
from helpdesk.requests.demands.models import Disclosure
from helpdesk.requests.demands.rules import DemandKind
from helpdesk.requests.demands.services import Told as Demanded
from helpdesk.routing.models import Absence
from helpdesk.satisfaction import queries as asked_about
from helpdesk.satisfaction import services as satisfaction
from helpdesk.surveys import services as surveys
from helpdesk.tickets import services as tickets
from helpdesk.tickets.models import MessageFile, Ticket, TicketMessage
from helpdesk.tickets.rules import Category, Channel, State
from helpdesk.vendor import broadcasts as updates
from helpdesk.vendor import services as vendor
from helpdesk.vendor.models import CaseFile, VendorContact
from helpdesk.vendor.rules import Severity
from helpdesk.vendor.services import Details
from licensing.access import rules as access_rules
from licensing.access import services as access
from licensing.access.models import AccessDraft, License
from licensing.access.services import Asked
from licensing.bulk import services as bulk
from licensing.bulk import sheet
from licensing.bulk.sheet import Read
from licensing.changes import services as changes
from licensing.changes.rules import ChangeKind
from licensing.departures import services as departures
from licensing.departures.models import Channel as ToldBy
from licensing.departures.models import Reason
from licensing.departures.services import Told
from licensing.disclosures.models import Disclosed
from licensing.leaves import services as leaves
from tests.guards import (
    account_things,
    agency_things,
    agreement_things,
    course_things,
    invoice_things,
    learning,
    money_things,
    seat_things,
    sessions_made,
)
from tests.guards.table import Answer, Place, Row
from tests.support.factories import LONG_AGO, join, make_agency, make_coc, make_lead, make_project, make_staff, member
from tests.support.signing_in import account_for, api_headers, sign_in

PACK, ZONE = "sonoma", "America/Los_Angeles"
NEXT_YEAR = date(2027, 11, 20)
_once = count(1)


@dataclass
class Things:
    """One of every kind at one place. `word` finds them; `mark` is in their names, and gives them away."""

    word: str
    mark: str
    agency: Agency
    project: Project
    numbers: dict[str, Any] = field(default_factory=dict)

    def name(self, what: str) -> str:
        return f"{self.word} {self.mark} {what}"


@dataclass
class Standing:
    """Everybody and everything. `actors` by the table's letters; each is at home at Place.OWN."""

    app: Flask
    actors: dict[str, Person]
    things: dict[Place, Things]
    tables: dict[str, _Putting] = field(default_factory=dict)  # parents first
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, dict[str, int]] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def browser(self, role: str) -> FlaskClient:
        """The role's browser with the cookies it began with, whatever it did meanwhile."""
        client = self.clients[role]
        for name in cookie_names():
            client.delete_cookie(name)
        for name, value in self.cookies[role].items():
            client.set_cookie(name, value)
        return client


def cookie_names() -> tuple[str, str]:
    return sessions.cookie_name(), str(current_app.config["SESSION_COOKIE_NAME"])


def _remember(standing: Standing, role: str) -> None:
    found = {name: standing.clients[role].get_cookie(name) for name in cookie_names()}
    standing.cookies[role] = {name: cookie.value for name, cookie in found.items() if cookie}


# ------------------------------------------------------------------ building


def build(app: Flask) -> Standing:
    lead, far = make_lead("Redwood HMIS Office", tz=ZONE), make_lead("Granite HMIS Office", tz=ZONE)
    coc, next_coc, far_coc = make_coc(lead, PACK, ZONE), make_coc(lead, PACK, ZONE), make_coc(far, PACK, ZONE)
    where = {Place.OWN: coc, Place.OTHER: coc, Place.NEXT_DOOR: next_coc, Place.FOREIGN: far_coc}
    words = {Place.OWN: "Zinnia", Place.OTHER: "Quokka", Place.NEXT_DOOR: "Xylem", Place.FOREIGN: "Vortex"}
    things = {}
    for place, at in where.items():
        word, mark = words[place], f"{words[place][:2]}mark{words[place][2:4]}"
        agency = make_agency(at, f"{word} {mark} House")
        things[place] = Things(word, mark, agency, make_project(agency, f"{word} {mark} Shelter"))
    make_staff(far, StaffRole.ADMIN, name="Faye Alder")
    standing = Standing(app, _actors(lead, coc, things[Place.OWN].agency), things)
    for place in Place:
        _furnish(standing, things[place], standing.actors["e"] if place is Place.OWN else None)
    _of_leads(things, lead, far)
    _at_desks(things, lead, far)
    _of_cocs(things, standing.actors["g"], make_staff(far, StaffRole.AGENT, name="Fay Agnew"))
    _sessions(things, standing.actors["a"], make_staff(far, StaffRole.ADMIN, name="Fritz Adler"))
    two_hats = _with_two_hats(standing, lead, far)
    _courses(standing, two_hats["gn"])
    for letter, person in (standing.actors | two_hats).items():
        _let_in(standing, letter, person)
    standing.clients[""] = _nobody(app)
    standing.headers[""] = {}
    for role in standing.clients:
        _remember(standing, role)
    return standing


def _actors(lead: Lead, coc: Any, agency: Agency) -> dict[str, Person]:
    kind = DesignationKind
    return {
        "e": member(agency, name="Erin Doyle"),
        "r": member(agency, kind.REPRESENTATIVE, name="Rosa Lind"),
        "t": member(agency, kind.ADMINISTRATOR, name="Tam Nguyen"),
        "s": member(agency, kind.SECURITY_OFFICER, name="Sol Ortiz"),
        "x": member(agency, kind.EXECUTIVE_DIRECTOR, name="Dana Reyes"),
        "g": make_staff(lead, StaffRole.AGENT, name="Ana Petrov"),
        "n": make_staff(lead, StaffRole.TRAINER, name="Theo Marsh"),
        "m": make_staff(lead, StaffRole.MANAGER, coc, name="Mina Cole"),
        "a": make_staff(lead, StaffRole.ADMIN, name="Ada Boone"),
        "c": _officer(lead, coc),
    }


def _officer(lead: Lead, coc: Any) -> Person:
    """Somebody of the CoC's leadership who sits in its data committee too."""
    person = make_staff(lead, StaffRole.COC_LEADERSHIP, coc, name="Cora Bly")
    seat(lead, coc, person, StaffRole.DATA_COMMITTEE)
    return person


def _with_two_hats(standing: Standing, lead: Lead, far: Lead) -> dict[str, Person]:
    """`gn`: an agent here who is a trainer of the other Lead. `te`: an administrator who is an end user next to it."""
    both = make_staff(lead, StaffRole.AGENT, name="Gail Norris")
    serve(far, both, StaffRole.TRAINER)
    one = member(standing.things[Place.OWN].agency, DesignationKind.ADMINISTRATOR, name="Terry Ellis")
    join(one, standing.things[Place.OTHER].agency)
    return {"gn": both, "te": one}


def seat(lead: Lead, coc: Any, person: Person, role: StaffRole) -> None:
    values = {"role": role, "skills": [], "started_on": LONG_AGO}
    with unit_of_work() as session:
        session.add(LeadStaff(lead_id=lead.id, coc_id=coc.id, person_id=person.id, **values))


def serve(lead: Lead, person: Person, role: StaffRole) -> None:
    with unit_of_work() as session:
        session.add(LeadStaff(lead_id=lead.id, person_id=person.id, role=role, skills=[], started_on=LONG_AGO))


def _furnish(standing: Standing, at: Things, asker: Person | None) -> None:
    """One thing of every kind, each by the service that makes it; at home the end user asked the tickets."""
    agency = at.agency
    kind = DesignationKind
    representative = standing.actors["r"] if asker else member(agency, kind.REPRESENTATIVE, name=at.name("Rep"))
    administrator = standing.actors["t"] if asker else member(agency, kind.ADMINISTRATOR, name=at.name("Admin"))
    colleague, leaver = member(agency, name=at.name("Colleague")), member(agency, name=at.name("Leaver"))
    account_for(colleague)
    ticket = _ticket(at, asker or colleague)
    at_lead = _ticket(at, asker or colleague)
    answered = _ticket(at, asker or colleague)
    closed = _ticket(at, asker or colleague)
    beside = _ticket(at, colleague)
    merged = _ticket(at, asker or colleague)
    link = _bonds(ticket, beside, merged, colleague)
    with unit_of_work():
        tickets.forward_up(at_lead, administrator, "Not ours.", clock.now())
        tickets.close(closed, administrator, "Solved.", clock.now())
        tickets.answer(answered, administrator, "Try again.", clock.now())
    with unit_of_work() as session:
        held = License(
            lead_id=agency.lead_id, coc_id=agency.coc_id, agency_id=agency.id, person_id=colleague.id, since=clock.now()
        )
        session.add(held)
        session.flush()
    request = _request(at, representative)
    procedures = _procedures(at, representative, asker or colleague)
    departure = _departure(at, representative, leaver)
    due = db.session.scalar(
        select(Deadline.id).where(Deadline.subject_type == "departure_notice", Deadline.subject_id == departure)
    )
    matters = _matters(at, representative, asker or colleague)
    at.numbers = {
        "lead": agency.lead_id,
        "notice": _notice(at, colleague),
        "agency": agency.id,
        "project": at.project.id,
        "level": _level(agency),
        "person": colleague.id,
        "leaver": colleague.id,
        "ticket": ticket.id,
        "at_lead": at_lead.id,
        "elevation": _elevation(at_lead),
        "closed": closed.id,
        "satisfaction": _said(closed, at),
        "earned": learning.completion_of(asker or colleague, agency),
        "enrollment": learning.enrollment_of(asker or colleague, agency),
        **learning.owed_by(asker or colleague, agency),
        "answered": answered.id,
        "beside": beside.id,
        "merged": merged.id,
        "link": link,
        "message": db.session.scalar(select(TicketMessage.id).where(TicketMessage.ticket_id == ticket.id).limit(1)),
        "file": db.session.scalar(
            select(MessageFile.id).join(TicketMessage).where(TicketMessage.ticket_id == ticket.id)
        ),
        "license": held.id,
        "license_change": _change(at, held, representative),
        "leave": _leave(held, representative),
        "batch": _batch(at, representative),
        "draft": _draft(at, asker or colleague),
        "disclosure": _disclosure(at, colleague),
        "request": request,
        "departure": departure,
        "deadline": due,
        **matters,
        **procedures,
        **learning.practicing_of(asker or colleague, agency, at.mark),
        **agency_things.of(agency, colleague, at.mark),
        "account_finding": account_things.finding_at(agency, colleague.id, at.mark),
        **account_things.review_at(agency),
        **seat_things.of(agency, colleague, at.mark),
        **money_things.of(agency, colleague, at.mark),
        **invoice_things.of(agency, colleague, at.mark),
        **agreement_things.one_of_each(agency, at.mark, asker or colleague, representative, f"made-{next(_once)}"),
    }


def _ticket(at: Things, asker: Person) -> Ticket:
    with unit_of_work():
        return tickets.open_ticket(
            asker,
            asker.email,
            asker.name,
            f"Printing at {at.mark}",
            f"The page stays empty, says {at.mark}.",
            lead=at.agency.coc.lead,
            agency=at.agency,
            channel=Channel.WEB,
            category=Category.PROBLEM,
            at=clock.now(),
            attachments=[store(b"plain words", f"{at.mark}.txt")],
            nonce=f"made-{next(_once)}",
        )


def _survey(owner: Lead, at: Things) -> int:
    office = Principal(at.numbers["person"], "", "", "", (RoleGrant(Role.LEAD_ADMIN, lead_id=owner.id),))
    with unit_of_work():
        draft = surveys.Draft(f"Year of {at.mark}", "text: What was good?")
        return surveys.make(owner, draft, office, f"made-{next(_once)}").id


def _said(closed: Ticket, at: Things) -> int:
    """A low mark for a closed request, which somebody should look at."""
    with unit_of_work():
        row = asked_about.newest_of(closed.id)
        assert row is not None
        satisfaction.say(row, 2, f"It took long, says {at.mark}.", clock.now())
    return row.id


def _elevation(ticket: Ticket) -> int:
    """The request is before the data committee, as if its time had been up."""
    with unit_of_work():
        elevations.elevate_by_itself(ticket, Body.COMMITTEE, "Not settled in time.", clock.now())
    return db.session.scalars(select(Elevation.id).where(Elevation.ticket_id == ticket.id)).one()


def _bonds(ticket: Ticket, beside: Ticket, merged: Ticket, by: Person) -> int:
    """Two that are linked, and one that is part of another."""
    now = clock.now()
    with unit_of_work() as session:
        row = TicketLink(from_id=ticket.id, to_id=beside.id, kind=LinkKind.SAME_CAUSE, by_id=by.id, at=now)
        nothing: dict[str, Any] = {"tags": [], "watchers": []}
        values = {"at": now, "reason": "The same.", "state_before": merged.state, "carried": nothing}
        session.add(TicketMerge(source_id=merged.id, target_id=beside.id, by_id=by.id, **values))
        merged.state, merged.closed_at = State.MERGED, now
        merged.merged_into_id, merged.merged_at = beside.id, now
        session.add(row)
        session.flush()
    return row.id


def _notice(at: Things, author: Person) -> int:
    """One that went to the people of this agency, who are asked to read it."""
    agency = at.agency
    office = Principal(author.id, author.name, author.email, "", (RoleGrant(Role.LEAD_ADMIN, lead_id=agency.lead_id),))
    draft = notices.Draft(
        kind=NoticeKind.DEGRADED,
        title=f"Slow pages at {at.mark}",
        text=f"Reports are slow, says {at.mark}.",
        audience=AudienceOfNotice(agency_ids=(agency.id,)),
        once=f"made-{next(_once)}",
        discovered_at=clock.now(),
        asks_reading=True,
    )
    with unit_of_work():
        row = notices.make(agency.coc.lead, draft, office, clock.now())
        notices.send(row, office, f"made-{next(_once)}", clock.now())
    return row.id


def _matters(at: Things, representative: Person, asker: Person) -> dict[str, int]:
    """A complaint and a breach of the asker's, a conflict, a letter, and an adopted change with its delivery."""
    agency, now = at.agency, clock.now()
    speaker, once = principal_for(representative, now), next(_once)
    said = Said(
        ComplaintKind.VIOLATION, agency.name, "Nobody known", "In May", f"A password at {at.mark}.", f"complaint-{once}"
    )
    with unit_of_work() as session:
        complaint = complaints.file_complaint(said, asker, [agency.coc], Heard.FORM, now)
        title, words = f"Fees at {at.mark}", "They are too high."
        conflict = conflicts.open_conflict(agency, speaker, title, words, f"conflict-{once}", now)
        letter = letters.issue(agency, speaker, "", f"letter-{once}", now)
        by, known = principal_for(asker, now), now - timedelta(hours=2)
        breach = breaches.note_breach(agency, by, known, f"A lost key at {at.mark}.", f"breach-{once}", now)
        change = PolicyChange(
            lead_id=agency.lead_id, coc_id=agency.coc_id, title="Entry in seven days", text="Seven.",
            proposed_by_id=representative.id, proposed_at=now, state=ChangeState.FORWARDED, adopted_at=now,
            forwarded_at=now, pack=PACK, pack_version=conflict.pack_version, once=f"change-{once}",
        )  # fmt: skip
        delivery = PolicyDelivery(change=change, agency=agency, delivered_at=now)
        session.add(delivery)
        session.flush()
    numbers = {"complaint": complaint.id, "conflict": conflict.id, "letter": letter.id, "breach": breach.id}
    return {**numbers, "change": change.id, "delivery": delivery.id, "coc": agency.coc_id}


def _request(at: Things, by: Person) -> int:
    asked = Asked(
        name=at.name("Newcomer"),
        email=f"new@{at.word.lower()}.test",
        employment="paid-staff",
        project_ids=(at.project.id,),
        once=f"made-{next(_once)}",
        level=_level(at.agency),
        is_of_age=True,
    )
    with unit_of_work():
        return access.request_access(at.agency, by, asked, clock.now()).id


def _change(at: Things, held: License, by: Person) -> int:
    wanted = changes.Asked(ChangeKind.REPORTING, f"Reports of {at.mark}.", f"made-{next(_once)}")
    with unit_of_work() as session:
        return changes.ask(session.get_one(License, held.id), wanted, by, clock.now()).id


def _disclosure(at: Things, person: Person) -> int:
    place = {"lead_id": at.agency.lead_id, "coc_id": at.agency.coc_id, "agency_id": at.agency.id}
    row = Disclosed(
        **place, person_id=person.id, is_client=True, has_family=False, at=clock.now(), once=f"made-{next(_once)}"
    )
    with unit_of_work() as session:
        session.add(row)
        session.flush()
    return row.id


def _batch(at: Things, by: Person) -> int:
    rows = [Read(2, sheet.clean({"name": at.name("Listed"), "email": "listed@agency.test", "employment": "intern"}))]
    with unit_of_work():
        return bulk.preview(at.agency, by, f"List of {at.mark}", rows, f"made-{next(_once)}", clock.now()).id


def _draft(at: Things, of: Person) -> int:
    with unit_of_work() as session:
        row = AccessDraft(
            agency_id=at.agency.id, person_id=of.id, values={"name": at.name("Drafted")}, kept_at=clock.now(),
            once=f"made-{next(_once)}",
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def _leave(held: License, by: Person) -> int:
    """One to come, so that the license is as it was."""
    first = clock.now().date() + timedelta(days=9)
    told = leaves.Told(first, first + timedelta(days=60), f"made-{next(_once)}")
    with unit_of_work() as session:
        return leaves.tell(session.get_one(License, held.id), told, principal_for(by, clock.now()), clock.now()).id


def _level(agency: Agency) -> str:
    """One of the levels of the community's pack, if it has levels."""
    levels = access_rules.levels_of(access.policy_in_force(agency.coc, clock.now()))
    return next(iter(levels.levels), "") if levels else ""


def _departure(at: Things, by: Person, leaver: Person) -> int:
    told = Told(
        person_id=leaver.id,
        leaves_at=clock.now() + timedelta(days=3),
        reason=Reason.LEFT,
        channel=ToldBy.FORM,
        noticed_at=clock.now(),
        noticed_by_id=by.id,
        once=f"made-{next(_once)}",
    )
    with unit_of_work():
        return departures.note_departure(at.agency, told, principal_for(by, clock.now()), clock.now()).id


def _procedures(at: Things, representative: Person, recorder: Person) -> dict[str, int]:
    """A data request, a client's request, and an outside demand with an older entry in the log of disclosures."""
    agency, now = at.agency, clock.now()
    by, once = principal_for(representative, now), next(_once)
    wanted = Wanted(
        Answers(Requester.AGENCY, Level.PROJECT, About.OWN),
        title=f"Exits of {at.mark}",
        elements="Exits by month",
        reason="For a plan",
        recipient="Our board",
        once=f"data-{once}",
    )
    demanded = Demanded(DemandKind.COURT, f"Court of {at.mark}", "Nights", once=f"demand-{once}")
    with unit_of_work() as session:
        data = data_requests.ask(agency.coc, agency, wanted, by, now)
        client = client_requests.take_in(agency, OfClient("104877", "own-data", now, f"client-{once}"), by, now)
        demand = demands.take_in(agency.coc, agency, demanded, principal_for(recorder, now), now)
        values = {"lead_id": agency.lead_id, "coc_id": agency.coc_id, "agency_id": agency.id, "demand_id": demand.id}
        said = {"to_whom": f"Court of {at.mark}", "what": "A sheet", "ground": "A warrant.", "rule": "SON-HD-10"}
        who = {"client_id": "104877", "released_by_id": recorder.id, "released_at": now}
        session.add(Disclosure(**values, **said, **who))
    return {"data_request": data.id, "client_request": client.id, "demand": demand.id}


def _courses(standing: Standing, both: Person) -> None:
    """One of each CoC. Everybody whom it is offered to is in the middle of it."""
    here, office = list(standing.actors.values()), [standing.actors[letter] for letter in "gna"]
    who = {Place.OWN: (office[1], here), Place.NEXT_DOOR: (office[1], office), Place.FOREIGN: (both, [both])}
    for place, (by, takers) in who.items():
        at = standing.things[place]
        colleague = db.session.get_one(Person, at.numbers["person"])
        at.numbers |= course_things.furnish(at.agency, at.mark, by, colleague, takers)


def _of_leads(things: dict[Place, Things], lead: Lead, far: Lead) -> None:
    """A quarantined mail, a mail that could not be sent and a closed day, of each Lead."""
    for place, owner in ((Place.OWN, lead), (Place.FOREIGN, far)):
        at = things[place]
        at.numbers["survey"] = _survey(owner, at)
        at.numbers["account_change"] = account_things.change_of(owner.id)
        at.numbers["accounts"] = account_things.list_of(owner.id, at.numbers["person"], at.mark)
        at.numbers["series"] = learning.series_of(owner.id, at.numbers["person"], at.mark)
        at.numbers |= learning.case_of(owner.id, at.numbers["person"], at.mark)
        raw = f"From: who@{at.word.lower()}.test\r\nSubject: Lost {at.mark}\r\n\r\nWords of {at.mark}.\r\n".encode()
        with unit_of_work() as session:
            mail = InboundMessage(
                mailbox="INBOX",
                uidvalidity=1,
                uid=owner.id,
                raw=raw,
                sha256=at.mark,
                size=len(raw),
                received_at=clock.now(),
                state=InboundState.QUARANTINED,
                reason="It could not be read.",
                lead_id=owner.id,
                from_address=f"who@{at.word.lower()}.test",
                subject=f"Lost {at.mark}",
            )
            mails = select(OutboxMessage).where(OutboxMessage.lead_id == owner.id)
            dead = session.scalars(mails.order_by(OutboxMessage.id.desc()).limit(1)).one()
            dead.state, dead.subject = SendState.DEAD, f"Mail {at.mark}"
            closure = Closure(lead_id=owner.id, day=date(2027, 2, 1), name=f"Move of {at.mark}")
            question = questions.add(owner, Category.PROBLEM, FieldKind.TEXT, questions.Worded(f"Printer at {at.mark}"))
            practice = ServicePractice(
                lead_id=owner.id, since=NEXT_YEAR, document={}, set_by_id=at.numbers["person"], set_at=clock.now()
            )
            address = SupportAddress(
                lead_id=owner.id, address=f"{at.word.lower()}@desk.test", name=f"Desk {at.mark}", kept_at=clock.now(),
                kept_by_id=at.numbers["person"],
            )  # fmt: skip
            session.add_all([mail, closure, practice, address])
            session.flush()
            at.numbers["address"] = address.id
            at.numbers["practice"] = practice.id
            taken = LeadStaff(
                lead_id=owner.id, coc_id=at.agency.coc_id, person_id=at.numbers["person"],
                role=StaffRole.ADVISORY_COMMITTEE, skills=[], started_on=LONG_AGO, ended_at=clock.now(),
            )  # fmt: skip
            session.add(taken)
            session.flush()
            away = Absence(
                lead_id=owner.id, person_id=at.numbers["person"], from_on=NEXT_YEAR, until_on=NEXT_YEAR, cover_id=None
            )
            session.add(away)
            session.flush()
            at.numbers["absence"] = away.id
            at.numbers |= {
                "field": question.id,
                "seat": taken.id,
                "mail": mail.id,
                "outbox": dead.id,
                "closure": closure.id,
            }


def _at_desks(things: dict[Place, Things], lead: Lead, far: Lead) -> None:
    for place, owner in ((Place.OWN, lead), (Place.FOREIGN, far)):
        for what in ("staff", "cover"):
            things[place].numbers[what] = make_staff(owner, StaffRole.AGENT, name=things[place].name(what)).id


def _of_cocs(things: dict[Place, Things], here: Person, far: Person) -> None:
    """An article of each CoC, one that is public, and the review of duplicates that its manual wants."""
    reviews.start_missing()
    for place, by in ((Place.OWN, here), (Place.NEXT_DOOR, here), (Place.FOREIGN, far)):
        at, author = things[place], principal_for(by, clock.now())
        home = next(p for p in places_to_write(author) if p.coc and p.coc.id == at.agency.coc_id)
        at.numbers |= {"article_place": home.code, "article_coc": at.agency.coc_id, "article_owner": by.id}
        for name, title, audience in (
            ("article", f"How to fold at {at.mark}", Audience.SIGNED_IN),
            ("public_article", "How to fold at home", Audience.PUBLIC),
        ):
            typed = Written(home, title, "Fold it once.", "article", audience, [], NEXT_YEAR, by.id, "New.", None)
            with unit_of_work():
                article = knowledge.write(typed, author, clock.now())
                knowledge.publish(article, author, clock.now())
            at.numbers[name] = article.id
        review = select(Deadline.id).where(Deadline.kind == reviews.REVIEW, Deadline.coc_id == at.agency.coc_id)
        at.numbers["review"] = db.session.scalar(review)
    for place, by in ((Place.OWN, here), (Place.FOREIGN, far)):
        at, author = things[place], principal_for(by, clock.now())
        with unit_of_work():
            worded = Worded(f"Hello of {at.mark}", "Hello {requester_name}", is_shared=True)
            at.numbers["reply"] = replies.keep(at.agency.coc.lead, worded, author, clock.now()).id
            at.numbers |= _desk(at, author)
            at.numbers |= _knowing(at, by)
        at.numbers |= _vendor(at, by)
    for place in (Place.OTHER, Place.NEXT_DOOR):
        shared = ("macro", "case", "reply", "other_theme")
        things[place].numbers |= {name: things[Place.OWN].numbers[name] for name in shared}


def _sessions(things: dict[Place, Things], here: Person, far: Person) -> None:
    """A session of each CoC, to which somebody of each agency comes, and what each Lead's help desk asked for."""
    for place, by in ((Place.OWN, here), (Place.NEXT_DOOR, here), (Place.FOREIGN, far), (Place.OTHER, here)):
        at = things[place]
        if place is Place.OTHER:
            shared = ("training_session", "live_course", "proposal", "coc", "held", "import", "imported")
            at.numbers |= {name: things[Place.OWN].numbers[name] for name in shared}
        else:
            at.numbers |= sessions_made.one_of_each(at.agency.coc, at.mark, by, f"made-{next(_once)}")
        at.numbers |= sessions_made.somebody_comes(at.numbers, at.agency, by)


def _knowing(at: Things, by: Person) -> dict[str, int]:
    """Themes, one of the help desk's staff, and an evaluation, of each Lead."""
    lead, now, file = at.agency.coc.lead, clock.now(), store(b"%PDF-1.4", f"evaluation-{at.mark}.pdf")
    counted = {"recent": 9, "before": 3, "counted_on": now.date(), "found_at": now}
    names = (f"Vouchers at {at.mark}", f"Printers at {at.mark}")
    themes = [Theme(lead=lead, sort=Sort.TERM, key=name[:8], label=name, **counted) for name in names]
    said = {"span": f"A year at {at.mark}", "lead": lead.name, "issued_by": by.name, "sections": [], "explanation": {}}
    issued = {"state": EvaluationState.ISSUED, "issued_by_id": by.id, "issued_at": now, "file": file}
    evaluation = Evaluation(lead=lead, document=said, begins=now.date(), ends=now.date(), **issued)
    db.session.add_all([*themes, evaluation])
    db.session.flush()
    return {
        "theme": themes[0].id,
        "other_theme": themes[1].id,
        "evaluation": evaluation.id,
        "staff_member": by.id,
    }


def _desk(at: Things, author: Principal) -> dict[str, int]:
    """A list and a macro that each Lead's staff share."""
    shared: dict[str, Any] = {"shared": True, "by": author, "now": clock.now()}
    steps = {"steps": asdict(Steps(tag="printers"))}
    view = keeping.keep_named(SavedView, at.agency.lead_id, f"List of {at.mark}", {"filters": {}}, **shared)
    macro = keeping.keep_named(Macro, at.agency.lead_id, "Tag", steps, **shared)
    return {"view": view.id, "macro": macro.id}


def _vendor(at: Things, by: Person) -> dict[str, int]:
    """A case at the vendor with a request on it, somebody to ask, a letter with a file, and an update that went out."""
    lead, now = at.agency.coc.lead, clock.now()
    on_it = _ticket(at, db.session.get_one(Person, at.numbers["person"]))
    with unit_of_work() as session:
        tickets.forward_up(on_it, by, "Not theirs.", now)
        contact = VendorContact(
            lead_id=lead.id, name=f"Vic {at.mark}", part="Support", address=f"{at.mark}@vendor.test", rank=1
        )
        session.add(contact)
        session.flush()
        case = vendor.open_case(lead, Details(f"Printing at {at.mark}", Severity.LOW), None, by, now)
        vendor.join(case, on_it, by, now)
        said = vendor.received(case, "s@vendor.test", f"We look at {at.mark}.", "", "", "", now)
        kept = CaseFile(message_id=said.id, file_id=store(b"plain words", f"{at.mark}.txt").id)
        session.add(kept)
        told = updates.begin(case, updates.Update("It is looked at."), by, now, nonce=f"made-{next(_once)}")
        return {"contact": contact.id, "case": case.id, "case_file": kept.id, "said": said.id, "update": told.id}


def _let_in(standing: Standing, letter: str, person: Person) -> None:
    """A browser and an API token each, and a session and a token to throw away."""
    standing.clients[letter] = sign_in(standing.app.test_client(), person)
    standing.headers[letter] = api_headers(person)
    account = account_for(person)
    with unit_of_work():
        spare, _ = sessions.start(account, clock.now(), "127.0.0.1", "spare")
        owner = principal_for(person, clock.now())
        token, _ = tokens.create(account, owner, "spare", tokens.offered_to(owner), 30, clock.now())
        act = BulkAct(nonce=letter, person_id=person.id, verb="tag", value="x", results=[], at=clock.now())
        db.session.add(act)
    standing.own[letter] = {"session": spare.id, "token": token.id, "bulk_act": act.id}
    standing.own[letter]["credential"] = seat_things.credential_of(person, standing.things[Place.OWN].agency)
    if letter in standing.actors:
        standing.own[letter]["attempt"] = course_things.attempt_of(person, standing.things[Place.OWN].numbers["course"])


def _nobody(app: Flask) -> FlaskClient:
    """A stranger's browser, with the token of the page it was given."""
    client = app.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the sign-in page has a token"
    client.environ_base["HTTP_X_CSRFTOKEN"] = found.group(1)
    return client


# ------------------------------------------------------------------ trying


# Things of a kind of their own whose number stands in an address under another name.
ALSO = {
    "earned": "completion",
    "handed_in": "attempt",
    "committee": "track",
    "staff_member": "person",
    "public_article": "article",
    "sent_agreement": "agreement",
    "signed_agreement": "agreement",
    "draft_document": "document",
}


def numbers(standing: Standing, row: Row, role: str, place: Place) -> dict[str, Any]:
    """What stands in the address and the body, by name."""
    found = dict(standing.things[place].numbers)
    somebody = role if place is Place.OWN and role else "a" if role != "a" else "g"
    found |= standing.own[somebody]
    found["act"] = found["bulk_act"]
    found |= {"once": f"once-{next(_once)}", "line": "requested-by-representative"}
    if row.thing in ("at_lead", "closed", "answered", "merged"):
        found["ticket"] = found[row.thing]
    if "/training" in row.rule:
        found["session"] = found["training_session"]
    found |= {"today": clock.now().date().isoformat(), "last_year": f"{clock.now().year - 1}-01-01"}
    if row.thing == "owed":
        found["invoice"] = found["owed"]
    if "/practice/cases" in row.rule:
        found["case"] = found.get("practice_draft")
    if row.thing in ALSO:
        found[ALSO[row.thing]] = found[row.thing]
    return found


FIXED = {
    "position": "1",
    "step": "privacy-notice",
    "item": "data-corrected",
    "station": "asked",
    "deed": "cure",
    "condition": "client-consent",
    "rule_id": "MO-LI-2",
    "number": "1",
    "token": "no-such-token",
    "form": "csv",
    "what": "invoices",
    "code": learning.CODE,
}


def address(row: Row, found: dict[str, Any]) -> str:
    """The row's address about these things; `ticket_id` is the thing called `ticket`, and so on."""
    by_name = {f"{thing}_id": number for thing, number in found.items()} | {"line": found["line"]} | FIXED
    thing = {"mail": "mail", "outbox": "outbox", "case": "said"}.get(row.thing, "message")
    by_name["message_id"] = found.get(thing)
    path, _, query = row.route.split()[1].partition("?")
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(by_name[match.group(1)]), path)
    return f"{filled}?{query.format(**found)}" if query else filled


def body(row: Row, found: dict[str, Any]) -> dict[str, Any]:
    """The row's body about these things: `{agency}` is text, `{agency#}` the number itself."""

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(one) for one in value]
        if not isinstance(value, str):
            return value
        return found[value[1:-2]] if value.endswith("#}") else value.format(**found)

    return {key.format(**found): fill(value) for key, value in row.body.items()}


def attempt(standing: Standing, row: Row, role: str, place: Place) -> TestResponse:
    """One request of the role about a thing at that place."""
    limiter.reset()
    found = numbers(standing, row, role, place)
    sent: dict[str, Any] = {"json": body(row, found)} if row.is_api else {"data": body(row, found)}
    client = standing.app.test_client() if row.is_api else standing.browser(role)
    headers = standing.headers[role] if row.is_api else {}
    if row.method == "GET":
        sent = {}
    response = client.open(address(row, found), method=row.method, headers=headers, buffered=True, **sent)
    response.close()
    return response


def ask(standing: Standing, role: str, path: str, method: str = "GET") -> TestResponse:
    """One request without a body, by cookie or, for the API, by token."""
    is_api = path.startswith("/api/")
    client = standing.app.test_client() if is_api else standing.browser(role)
    response = client.open(path, method=method, headers=standing.headers[role] if is_api else {}, buffered=True)
    response.close()
    return response


def read(standing: Standing, role: str, path: str) -> str:
    return ask(standing, role, path).get_data(as_text=True)


def status(standing: Standing, role: str, path: str, method: str = "GET") -> int:
    return ask(standing, role, path, method).status_code


def answer_of(response: TestResponse) -> Answer | str:
    """What it came to; an error of ours is none of the answers."""
    if response.status_code >= 500 and response.status_code != 503:
        return f"error {response.status_code}"
    if response.status_code == 400:
        return "error 400"
    if (
        response.status_code == 302 and response.location.startswith("/sign-in?next=")
    ) or response.location == "/sign-in":
        return Answer.SIGN_IN
    return {401: Answer.NO_TOKEN, 403: Answer.REFUSED, 404: Answer.NOT_THERE}.get(response.status_code, Answer.YES)


# ------------------------------------------------------------------ putting back


def keep(standing: Standing) -> None:
    """Remember every row, to be put back by `undone`."""
    with db.engine.begin() as connection:
        connection.execute(text("create schema if not exists kept"))
        for table in Base.metadata.sorted_tables:
            connection.execute(text(f'create table kept."{table.name}" as table public."{table.name}"'))
            if table.name != AuditEvent.__tablename__:  # the audit trail only ever grows
                standing.tables[table.name] = _Putting.back(table)


def forget() -> None:
    with db.engine.begin() as connection:
        connection.execute(text("drop schema if exists kept cascade"))


@dataclass(frozen=True)
class _Putting:
    """What puts a table's rows back. A row that is as it was is not written anew: nothing sweeps up behind us."""

    without_new_ones: TextClause
    as_it_was: TextClause

    @classmethod
    def back(cls, table: Table) -> _Putting:
        name, keys = f'"{table.name}"', [f'"{c.name}"' for c in table.primary_key]
        columns = [f'"{c.name}"' for c in table.columns if c.computed is None]
        same = " and ".join(f"k.{key} = t.{key}" for key in keys)
        listed, values = ", ".join(columns), ", ".join(f"{c} = excluded.{c}" for c in columns)
        return cls(
            text(f"delete from {name} t where not exists (select from kept.{name} k where {same})"),
            text(
                f"insert into {name} ({listed}) select {listed} from kept.{name} except select {listed} from {name} "
                f"on conflict ({', '.join(keys)}) do update set {values}"
            ),
        )


@contextmanager
def undone(standing: Standing) -> Iterator[None]:
    """Whatever is written inside is put back afterwards."""
    changed: set[str] = set()

    def note(conn: Any, cursor: Any, statement: str, *_: object) -> None:
        words = statement.lower().replace('"', "").split()
        if words and words[0] in ("insert", "update", "delete"):
            changed.add(words[1] if words[0] == "update" else words[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        db.session.rollback()
        db.session.remove()
        _put_back(standing, {name.partition("(")[0] for name in changed})


def _put_back(standing: Standing, names: set[str]) -> None:
    """New rows go, children first; rows that were changed or deleted come back. Where one that was there points at a
    new one, it is put back before that goes."""
    tables = [table for name, table in standing.tables.items() if name in names]
    if not tables:
        return
    away, back = [table.without_new_ones for table in reversed(tables)], [table.as_it_was for table in tables]
    try:
        _run(*away, *back)
    except IntegrityError:
        everything = list(standing.tables.values())
        _run(*(table.as_it_was for table in everything), *(table.without_new_ones for table in reversed(everything)))


def _run(*statements: TextClause) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
