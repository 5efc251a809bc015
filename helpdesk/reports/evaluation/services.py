from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from core.audit import record
from core.authz import Principal
from core.db import db
from core.deadlines import Deadline, Fires, Kind, deadlines_of, meet, open_deadline, register_kind
from core.errors import Conflict, Forbidden, Invalid
from core.files import store
from core.people.models import Lead, Person
from core.people.services import closures_of
from core.policy import Decision, Policy
from core.policy.vocabulary import CycleName, ListName
from core.typed import refuse_client_data
from helpdesk.flow.queries import desktime
from helpdesk.reports.asking import fiscal_start, policy_of
from helpdesk.reports.evaluation.document import document
from helpdesk.reports.evaluation.pdf import render
from helpdesk.reports.evaluation.rules import Span, span_from, spans
from helpdesk.reports.models import Evaluation, EvaluationState
from helpdesk.reports.permissions import Permission

KIND = "help-desk-evaluation"
TITLE = "Yearly evaluation of the help desk"
REMIND = (timedelta(days=30), timedelta(days=7))
LONGEST = 5_000


def _missed(clock: Deadline, _: datetime) -> None:
    clock.outcome = "The evaluation was not issued in time."


def _link(_: Deadline) -> str:
    return "/reports/evaluations/new"


register_kind(Kind(KIND, TITLE, Fires.AFTER_DUE, _missed, link=_link, action="Write it"))


def plan(lead: Lead, at: datetime) -> Evaluation | None:
    """The one that is due next, with its deadline: a year from the last, or from when one is first looked for.

    None where the Lead has no community whose pack asks for one (HUD-HD-9).
    """
    db.session.execute(select(Lead.id).where(Lead.id == lead.id).with_for_update())
    held = db.session.scalar(_planned(lead.id))
    policy = policy_of(lead, at)
    if held is not None or policy is None or not policy.has(CycleName.HELP_DESK_EVALUATION):
        return held
    last = _last_issued(lead.id)
    row = Evaluation(lead=lead)
    db.session.add(row)
    db.session.flush()
    anchor = last.issued_at if last and last.issued_at else at
    open_deadline(KIND, row, _due(lead, policy, anchor), title=TITLE, lead_id=lead.id, warn_before=REMIND)
    return row


def _due(lead: Lead, policy: Policy, anchor: datetime) -> Decision:
    cycle, zone = policy.cycle(CycleName.HELP_DESK_EVALUATION), ZoneInfo(lead.tz)
    closures = {date.fromisoformat(day): name for day, name in closures_of(lead.id).items()}
    due = desktime(policy, zone, closures).calendar.due(anchor, cycle.every)
    return Decision(
        pack=policy.pack,
        version=policy.version,
        clock=CycleName.HELP_DESK_EVALUATION,
        anchor=anchor.astimezone(zone).replace(microsecond=0),
        due=due.at,
        rule=cycle.rule,
        source=cycle.source,
        section=cycle.section,
        title=policy.manual_of(cycle.source),
        because=due.because,
        says=cycle.says,
    )


def choices(lead: Lead, at: datetime) -> list[Span]:
    """The twelve months that may be evaluated; all of them are over."""
    today = at.astimezone(ZoneInfo(lead.tz)).date()
    return list(spans(today, fiscal_start(policy_of(lead, at))))


def preview(lead: Lead, span: Span, at: datetime) -> dict[str, object]:
    """What it would say now. Raises Conflict where no pack says what an evaluation holds."""
    policy = policy_of(lead, at)
    if policy is None or not policy.has(ListName.EVALUATION_CONTENT):
        raise Conflict("The pack of this community says nothing of an evaluation of the help desk.")
    return document(lead, span, policy, at)


def issue(lead: Lead, begins: str, findings: str, plans: str, by: Principal, once: str, at: datetime) -> Evaluation:
    """Freeze it, and plan the next. The same form sent twice is one act.

    Raises Invalid for months that cannot be chosen and for words about a client.
    """
    if not by.can(Permission.EVALUATE, lead_id=lead.id):
        raise Forbidden("Only an administrator of the HMIS Lead issues the evaluation.")
    row = plan(lead, at)
    if known := db.session.scalar(select(Evaluation).where(Evaluation.once == once)):
        return _same_form(known, by)
    today = at.astimezone(ZoneInfo(lead.tz)).date()
    span = span_from(begins, today, fiscal_start(policy_of(lead, at)))
    if span is None or row is None:
        raise Invalid("Choose twelve months that are over.", field="begins")
    for name, words in (("findings", findings), ("plans", plans)):
        refuse_client_data(words, name)
        if len(words) > LONGEST:
            raise Invalid(f"Write at most {LONGEST:,} characters.", field=name)
    said = {"issued_by": db.session.get_one(Person, by.person_id).name, "findings": findings, "plans": plans}
    row.document = {**preview(lead, span, at), **said}
    local = at.astimezone(ZoneInfo(lead.tz)).replace(microsecond=0)
    row.file = store(render(row.document, local), f"help-desk-evaluation-{span.begins}.pdf")
    row.state, row.begins, row.ends = EvaluationState.ISSUED, span.begins, span.ends
    row.issued_by_id, row.issued_at, row.once = by.person_id, at, once
    db.session.flush()
    record("evaluation.issued", row, data={"begins": span.begins.isoformat(), "sha256": row.file.sha256})
    for clock in deadlines_of(row, KIND):
        if clock.is_open or clock.is_missed:
            meet(clock, at, "Issued.")
    plan(lead, at)
    return row


def _same_form(known: Evaluation, by: Principal) -> Evaluation:
    if known.issued_by_id != by.person_id:
        raise Conflict("This form was sent before.", "Load the page again to start a new one.")
    return known


def _planned(lead_id: int) -> Select[Evaluation]:
    return select(Evaluation).where(Evaluation.lead_id == lead_id, Evaluation.state == EvaluationState.PLANNED)


def _last_issued(lead_id: int) -> Evaluation | None:
    query = select(Evaluation).where(Evaluation.lead_id == lead_id, Evaluation.state == EvaluationState.ISSUED)
    return db.session.scalar(query.order_by(Evaluation.issued_at.desc(), Evaluation.id.desc()).limit(1))
