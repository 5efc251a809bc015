from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from core import typed
from core.authz import Principal, found
from core.db import db
from core.home import Turn, WorkItem
from core.home import provider as today_provider
from core.office.about import Part, about_person
from core.people.models import Agency, CoC, Lead, Person
from core.search import Hit, like
from core.search import provider as search_provider
from licensing.agreements import rules, services
from licensing.agreements.models import Agreement, Document, DocumentVersion
from licensing.agreements.permissions import Permission
from licensing.agreements.rules import KIND_WORDS, Kind, State

AREA = "Licensing"
STATES = {
    State.SENT: "To be signed",
    State.SIGNED: "Signed",
    State.COUNTERSIGNED: "Countersigned",
    State.EXPIRED: "Expired",
    State.REVOKED: "Revoked",
    State.SUPERSEDED: "Replaced",
    State.WITHDRAWN: "Withdrawn",
}
AGES = {"7": "For more than a week", "30": "For more than 30 days", "60": "For more than 60 days"}
WHOLE = (
    joinedload(Agreement.agency),
    joinedload(Agreement.other_agency),
    joinedload(Agreement.person),
    joinedload(Agreement.document),
    joinedload(Agreement.version),
)


def _reach(principal: Principal) -> ColumnElement[bool]:
    """One's own, those of the agencies one looks after, and those that let somebody act for them."""
    scope = principal.scope(Permission.VIEW)
    parts = [scope.where(Agreement)]
    if scope.agency_ids:
        parts.append(Agreement.other_agency_id.in_(scope.agency_ids))
    return or_(*parts)


def _visible(principal: Principal) -> ColumnElement[bool]:
    return or_(_reach(principal), Agreement.person_id == principal.person_id)


def agreements(principal: Principal, asked: Mapping[str, str], at: datetime) -> Select[Agreement]:
    """What a person may see of others', narrowed by what the list's filters say."""
    query = select(Agreement).where(_reach(principal)).options(*WHOLE)
    query = query.where(*_standing(asked.get("state", ""), at))
    if asked.get("kind") in set(Kind):
        query = query.where(Agreement.kind == Kind(asked["kind"]))
    if asked.get("document", "").isdecimal():
        query = query.where(Agreement.document_id == int(asked["document"][:18]))
    if asked.get("agency", "").isdecimal():
        query = query.where(Agreement.agency_id == int(asked["agency"][:18]))
    if asked.get("age") in AGES:
        query = query.where(Agreement.state == State.SENT, Agreement.sent_at < at - timedelta(days=int(asked["age"])))
    return query


def _standing(state: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    a = Agreement
    if state in set(State):
        return (a.state == State(state),)
    shown: dict[str, tuple[ColumnElement[bool], ...]] = {
        "missing": (a.state == State.SENT,),
        "late": (a.state == State.SENT, a.due_at < at),
        "to-countersign": (a.state == State.SIGNED, a.effective_at.is_(None)),
    }
    return shown.get(state, ())


def visible_agreement(principal: Principal, agreement_id: int, *, lock: bool = False) -> Agreement:
    """One's own or one in reach; another agency's is not there. `lock` takes its clocks first, as a sweep does."""
    query = select(Agreement).where(_visible(principal), Agreement.id == min(agreement_id, typed.BIGGEST))
    row: Agreement = found(db.session.scalar(query.options(*WHOLE)))
    if lock:
        for clock in sorted(services.clocks_of(row), key=lambda one: one.id):
            db.session.refresh(clock, with_for_update=True)
        db.session.refresh(row, with_for_update={"of": Agreement})
    return row


def lines_of(query: Select[Agreement]) -> Iterator[tuple[Any, ...]]:
    """The list as a table to take away."""
    for row in db.session.scalars(query.order_by(Agreement.id.desc()).execution_options(yield_per=1_000)):
        yield (
            row.document.title, row.version.number, KIND_WORDS[row.kind], row.agency.name,
            row.person.name if row.person else "", row.other_agency.name if row.other_agency else "",
            STATES[row.state], row.sent_at, row.due_at, row.signer_name, row.signed_at, row.countersigner_name,
            row.countersigned_at, row.effective_at, row.ends_at, row.over_at, row.over_reason, row.text_sha256,
        )  # fmt: skip


# ------------------------------------------------------------------ documents


def documents(principal: Principal) -> list[Document]:
    """Those of the person's Leads and CoCs, by kind."""
    query = select(Document).where(_documents(principal)).options(selectinload(Document.versions))
    return list(db.session.scalars(query.order_by(Document.kind, Document.id).limit(500)))


def _documents(principal: Principal, permission: Permission = Permission.VIEW) -> ColumnElement[bool]:
    scope = principal.scope(permission)
    leads = select(CoC.lead_id).where(CoC.id.in_(scope.coc_ids))
    wide = and_(Document.coc_id.is_(None), or_(Document.lead_id.in_(scope.lead_ids), Document.lead_id.in_(leads)))
    return or_(wide, Document.lead_id.in_(scope.lead_ids), Document.coc_id.in_(scope.coc_ids))


def visible_document(principal: Principal, document_id: int, *, lock: bool = False) -> Document:
    query = select(Document).where(_documents(principal), Document.id == min(document_id, typed.BIGGEST))
    query = query.with_for_update(of=Document).execution_options(populate_existing=True) if lock else query
    row: Document = found(db.session.scalar(query))
    return row


def may_write(principal: Principal, row: Document) -> bool:
    """What is signed in all communities is written by who serves the whole Lead."""
    if row.coc is not None:
        return principal.can(Permission.WRITE, coc=row.coc)
    return principal.can(Permission.WRITE, lead_id=row.lead_id)


def places_to_write(principal: Principal) -> dict[str, tuple[Lead, CoC | None]]:
    """Where this person may begin a document: a whole Lead, or one of its CoCs."""
    scope = principal.scope(Permission.WRITE)
    leads = db.session.scalars(select(Lead).where(Lead.id.in_(scope.lead_ids)).order_by(Lead.name))
    places: dict[str, tuple[Lead, CoC | None]] = {f"lead-{lead.id}": (lead, None) for lead in leads}
    cocs = select(CoC).where(or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids)))
    for coc in db.session.scalars(cocs.options(joinedload(CoC.lead)).order_by(CoC.name)):
        places[f"coc-{coc.id}"] = (coc.lead, coc)
    return places


def counts(rows: Sequence[Document]) -> dict[int, dict[State, int]]:
    """How many agreements of each document stand in each state."""
    numbers = [row.id for row in rows]
    query = select(Agreement.document_id, Agreement.state, func.count()).where(Agreement.document_id.in_(numbers))
    told: dict[int, dict[State, int]] = {number: {} for number in numbers}
    for number, state, count in db.session.execute(query.group_by(Agreement.document_id, Agreement.state)):
        told[number][state] = count
    return told


def visible_version(row: Document, number: int) -> DocumentVersion:
    version: DocumentVersion = found(next((one for one in row.versions if one.number == number), None))
    return version


# ------------------------------------------------------------------ one's own


def mine_to_sign(principal: Principal, at: datetime, limit: int = 50) -> list[Agreement]:
    """What this person is to sign: for themselves, and for the agencies for which they sign."""
    signs = {
        grant.agency_id for grant in principal.whole.grants if grant.agency_id and grant.role in _SIGNING_ROLES
    }  # fmt: skip
    of_agency = or_(
        and_(Agreement.kind == Kind.AGENCY, Agreement.agency_id.in_(signs)),
        and_(Agreement.kind == Kind.COORDINATED, Agreement.other_agency_id.in_(signs)),
    )
    own = and_(Agreement.person_id == principal.person_id, Agreement.kind != Kind.COORDINATED)
    query = select(Agreement).where(Agreement.state == State.SENT, or_(own, of_agency)).options(*WHOLE)
    rows = db.session.scalars(query.order_by(Agreement.due_at, Agreement.id).limit(limit)).all()
    return [row for row in rows if services.may_sign(row, principal, at)]


_SIGNING_ROLES = frozenset({"executive-director", "representative"})


def mine_signed(principal: Principal, limit: int = 50) -> list[Agreement]:
    signed = or_(Agreement.signer_id == principal.person_id, Agreement.person_id == principal.person_id)
    query = select(Agreement).where(signed, Agreement.signed_at.is_not(None)).options(*WHOLE)
    return list(db.session.scalars(query.order_by(Agreement.id.desc()).limit(limit)))


@today_provider
def to_do(principal: Principal, at: datetime, limit: int) -> list[WorkItem]:
    """To sign, for whoever signs; to countersign, for the Lead's managers."""
    items = [
        WorkItem(
            f"Sign: {row.document.title}" + ("" if row.person_id == principal.person_id else f", {row.party}"),
            f"/agreements/{row.id}", "Sign", AREA, due_at=row.due_at, since=row.sent_at,
        )
        for row in mine_to_sign(principal, at, limit)
    ]  # fmt: skip
    if principal.can(Permission.COUNTERSIGN):
        waits = (Agreement.state == State.SIGNED, Agreement.effective_at.is_(None))
        reach = principal.scope(Permission.COUNTERSIGN).where(Agreement)
        query = select(Agreement).where(reach, *waits).options(*WHOLE).order_by(Agreement.id).limit(limit)
        items += [
            WorkItem(
                f"Countersign: {row.document.title}, {row.party}", f"/agreements/{row.id}", "Countersign", AREA,
                detail=f"Signed by {row.signer_name}", since=row.signed_at, group=Turn.MINE,
            )
            for row in db.session.scalars(query)
        ]  # fmt: skip
    return items


@about_person
def of_person(principal: Principal, person: Person, _at: datetime) -> Part | None:
    query = select(Agreement).where(_visible(principal), Agreement.person_id == person.id).options(*WHOLE)
    rows = db.session.scalars(query.order_by(Agreement.id.desc()).limit(20)).all()
    return Part("licensing/agreements/_person.html", {"agreements": rows, "states": STATES}, order=60) if rows else None


@search_provider("Agreements")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the agency, the person, or the document."""
    named = or_(
        Agreement.agency_id.in_(select(Agency.id).where(func.lower(Agency.name).like(like(text)))),
        Agreement.person_id.in_(select(Person.id).where(func.lower(Person.name).like(like(text)))),
        Agreement.document_id.in_(select(Document.id).where(func.lower(Document.title).like(like(text)))),
    )
    query = select(Agreement).where(_visible(principal), named).options(*WHOLE)
    rows = db.session.scalars(query.order_by(Agreement.id.desc()).limit(limit))
    return [
        Hit(
            f"{r.document.title}: {r.party}", f"/agreements/{r.id}", "Agreements", f"{r.agency.name}, {STATES[r.state]}"
        )
        for r in rows
    ]


def asked_kinds(row: Document, at: datetime) -> dict[str, Any]:
    """Which manuals ask for this kind of document, by the pack's title, each with its line."""
    from licensing.agreements.documents import policies

    return {
        policy.title: line
        for policy in policies(row, at)
        if (line := rules.kinds_asked(policy).get(row.kind)) is not None
    }
