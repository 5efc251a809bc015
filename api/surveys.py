from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import current_principal, requires
from core.db import unit_of_work
from core.errors import Invalid
from core.paging import page_of
from core.people.models import CoC, Lead
from helpdesk.surveys import queries, services
from helpdesk.surveys.models import Survey
from helpdesk.surveys.permissions import Permission as P
from helpdesk.surveys.rules import LEAST, MOST_LEAST, Kind, State

TAG = "Surveys"


class SurveyOut(Model):
    """`closes_at` is the last second on time; with fewer than `least_answers` an anonymous one shows nothing.
    `coc_id` null: it is for all of the Lead's agencies. `invited` is how many were asked."""

    id: int
    lead_id: int
    coc_id: int | None
    title: str
    state: State
    is_anonymous: bool
    open_days: int
    remind_days: int
    least_answers: int
    opened_at: datetime | None
    closes_at: datetime | None
    invited: int


class QuestionOut(Model):
    kind: Kind
    text: str
    choices: list[str]


class SurveyDetail(SurveyOut):
    intro: str
    questions: list[QuestionOut]
    answered: int


class SurveyList(Paging):
    items: list[SurveyOut]


class CountOut(Model):
    answer: str
    times: int


class TallyOut(Model):
    """`mean` is of a scale's 1 to 5; `texts` are of a text, in no order that tells who wrote them."""

    kind: Kind
    text: str
    counts: list[CountOut]
    mean: float | None
    texts: list[str]


class ResultsOut(Model):
    """`items` is empty while nothing shows: of a draft, of an anonymous survey until it is over, and where `too_few`
    answered it, since people could guess who said what."""

    invited: int
    answered: int
    too_few: bool
    items: list[TallyOut]


class SurveyGiven(Given):
    """`questions` are lines as on the page: `scale: ...`, `choice: ... | one | two`, `text: ...`."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)]
    questions: Annotated[list[Short], Field(min_length=1, max_length=20)]
    intro: Annotated[str, StringConstraints(max_length=2_000, pattern=PLAIN)] = ""
    is_anonymous: bool = True
    open_days: Annotated[int, Field(ge=1, le=90)] = 21
    remind_days: Annotated[int, Field(ge=0, le=89)] = 10
    least_answers: Annotated[int, Field(ge=LEAST, le=MOST_LEAST)] = LEAST
    coc_id: Id | None = None


def _draft(given: SurveyGiven, lead: Lead) -> services.Draft:
    return services.Draft(
        title=given.title,
        lines="\n".join(line.replace("\n", " ") for line in given.questions),
        intro=given.intro,
        is_anonymous=given.is_anonymous,
        open_days=given.open_days,
        remind_days=given.remind_days,
        least_answers=given.least_answers,
        coc=_coc(lead, given.coc_id),
    )


def _coc(lead: Lead, coc_id: int | None) -> CoC | None:
    if coc_id is None:
        return None
    for coc in queries.cocs_of(lead):
        if coc.id == coc_id:
            return coc
    raise Invalid("This is none of your communities.", field="coc_id")


def _detail(row: Survey) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in (*SurveyOut.model_fields, "intro")}
    return {**plain, "questions": [question.as_json() for question in row.asked], "answered": queries.answered(row)}


def _seen(survey_id: int, *, lock: bool = False) -> Survey:
    return queries.visible_survey(current_principal(), survey_id, lock=lock)


@bp.get("/surveys")
@requires(P.SEE)
@bp.input(Listing, location="query")
@bp.output(SurveyList)
@bp.doc(tags=[TAG], summary="Surveys, newest first", security="bearer", responses=failures(422))
def list_surveys(query_data: Listing) -> Any:
    order = [Survey.created_at, Survey.id]
    wanted = queries.surveys(current_principal())
    page = page_of(wanted, order, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/surveys/<int:survey_id>")
@requires(P.SEE)
@bp.output(SurveyDetail)
@bp.doc(tags=[TAG], summary="One with its questions", security="bearer", responses=failures(404))
def show_survey(survey_id: int) -> Any:
    return _detail(_seen(survey_id))


@bp.get("/surveys/<int:survey_id>/results")
@requires(P.SEE)
@bp.output(ResultsOut)
@bp.doc(tags=[TAG], summary="What came of it", security="bearer", responses=failures(404))
def show_results(survey_id: int) -> Any:
    row = _seen(survey_id)
    items = [
        {
            "kind": tally.question.kind,
            "text": tally.question.text,
            "counts": [{"answer": words, "times": times} for words, times in tally.counts],
            "mean": tally.mean,
            "texts": list(tally.texts),
        }
        for tally in queries.results(row)
    ]
    too_few = row.state is State.CLOSED and queries.are_too_few(row)
    return {"invited": row.invited, "answered": queries.answered(row), "too_few": too_few, "items": items}


@bp.post("/surveys")
@requires(P.KEEP)
@bp.input(SurveyGiven, arg_name="given")
@bp.output(SurveyDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Write a draft", security="bearer", responses=failures(400, 404, 413, 422))
def write_survey(given: SurveyGiven) -> Any:
    principal, key = current_principal(), idempotency_key() or secrets.token_urlsafe(16)
    lead = queries.lead_to_keep(principal)
    with unit_of_work():
        row = services.make(lead, _draft(given, lead), principal, key)
    return _detail(row)


@bp.put("/surveys/<int:survey_id>")
@requires(P.KEEP)
@bp.input(SurveyGiven, arg_name="given")
@bp.output(SurveyDetail)
@bp.doc(tags=[TAG], summary="Write a draft anew", security="bearer", responses=failures(400, 404, 409, 413, 422))
def rewrite_survey(survey_id: int, given: SurveyGiven) -> Any:
    with unit_of_work():
        row = _seen(survey_id, lock=True)
        services.change(row, _draft(given, row.lead))
    return _detail(row)


@bp.post("/surveys/<int:survey_id>/discard")
@requires(P.KEEP)
@bp.output({}, status_code=204)
@bp.doc(tags=[TAG], summary="Discard a draft", security="bearer", responses=failures(404, 409))
def discard_survey(survey_id: int) -> Any:
    with unit_of_work():
        services.discard(_seen(survey_id, lock=True))
    return ""


@bp.post("/surveys/<int:survey_id>/open")
@requires(P.KEEP)
@bp.output(SurveyDetail)
@bp.doc(tags=[TAG], summary="Open it: everybody is asked", security="bearer", responses=failures(404, 409, 422))
def open_survey(survey_id: int) -> Any:
    with unit_of_work():
        row = _seen(survey_id, lock=True)
        services.open_survey(row, clock.now())
    return _detail(row)


@bp.post("/surveys/<int:survey_id>/close")
@requires(P.KEEP)
@bp.output(SurveyDetail)
@bp.doc(tags=[TAG], summary="Close it now", security="bearer", responses=failures(404, 409))
def close_survey(survey_id: int) -> Any:
    with unit_of_work():
        row = _seen(survey_id, lock=True)
        services.close(row, clock.now())
    return _detail(row)
