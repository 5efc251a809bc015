from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from api.blueprint import bp, failures, idempotency_key
from api.schemas import PLAIN, Given, Id, Listing, Model, Paging, Short
from core import clock
from core.authz import Principal, current_principal, requires
from core.db import unit_of_work
from core.errors import Forbidden, Invalid
from core.paging import page_of
from helpdesk.knowledge import api as knowledge
from helpdesk.knowledge import queries, rules, services, standing
from helpdesk.knowledge.models import Article, ArticleVersion
from helpdesk.knowledge.permissions import Permission as P
from helpdesk.knowledge.rules import LONGEST_BODY, LONGEST_TAG, LONGEST_TITLE, MOST_TAGS, Audience, State
from helpdesk.knowledge.services import Written
from helpdesk.replies import queries as replies
from helpdesk.replies import rules as reply_rules
from helpdesk.replies import services as reply_services
from helpdesk.replies.models import CannedReply
from helpdesk.replies.permissions import Permission as ReplyPermission
from helpdesk.tickets import queries as tickets

TAG = "Knowledge base"


def _words(most: int, least: int = 1) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=most, pattern=PLAIN)


class ArticleOut(Model):
    """`headline` is where the words of `q` stand, without marks; empty in a list without `q`."""

    id: int
    title: str
    kind: str
    audience: Audience
    state: State
    lead_id: int
    coc_id: int | None
    tags: list[str]
    version: int
    updated_at: datetime
    headline: str = ""


class ArticleDetail(ArticleOut):
    """`body` is Markdown; of a retired article only the Lead's staff get it, the others get where to go."""

    body: str
    owner_id: int
    review_on: date
    retired_because: str
    replaced_by_id: int | None
    helpful: int
    unhelpful: int


class ArticleList(Paging):
    items: list[ArticleOut]


class ArticleQuery(Listing):
    """With `q` the best 25 for the words, without a next page."""

    q: Annotated[str, StringConstraints(max_length=200)] = ""
    kind: Annotated[str, StringConstraints(max_length=80)] = ""
    audience: Audience | None = None
    state: State | None = None


class NewArticle(Given):
    """Without `coc_id` it holds for all communities of the Lead; `kind` is one that the communities' manuals name."""

    title: Annotated[str, _words(LONGEST_TITLE)]
    body: Annotated[str, _words(LONGEST_BODY)]
    coc_id: Id | None = None
    kind: Annotated[str, _words(80)]
    audience: Audience = Audience.SIGNED_IN
    tags: Annotated[list[Annotated[str, _words(LONGEST_TAG)]], Field(max_length=MOST_TAGS)] = []
    owner_id: Id
    review_on: date


class ChangedArticle(NewArticle):
    """`version` is the one that was read; when there is a newer one, nothing is changed and 409 says who made it."""

    version: Id
    why: Short


class Retired(Given):
    because: Short
    replaced_by_id: Id | None = None


class Typed(Given):
    text: Annotated[str, _words(20_000)]


class Suggested(Model):
    id: int
    title: str
    url: str
    kind: str


class SuggestionList(Model):
    items: list[Suggested]


class Voted(Given):
    helpful: bool
    word: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=PLAIN)] = ""


class VersionOut(Model):
    number: int
    title: str
    body: str
    state: State
    audience: Audience
    by_id: int
    at: datetime
    why: str
    restores: int | None


class VersionList(Paging):
    items: list[VersionOut]


class ReplyOut(Model):
    """`owner_id` is none for one that the Lead's staff share; `text` has places such as {requester_name}."""

    id: int
    name: str
    text: str
    owner_id: int | None


class ReplyList(Paging):
    items: list[ReplyOut]


class ForTicket(BaseModel):
    ticket_id: Id


class Filled(Model):
    text: str


@bp.get("/articles")
@requires(P.READ)
@bp.input(ArticleQuery, location="query")
@bp.output(ArticleList)
@bp.doc(
    tags=[TAG],
    summary="List or search articles, the newest or the best first",
    security="bearer",
    responses=failures(422),
)
def list_articles(query_data: ArticleQuery) -> Any:
    principal, today = current_principal(), clock.now().date()
    condition = standing.visible(principal) if principal.can(P.STAFF) else standing.readable(principal)
    filters = query_data.model_dump(exclude_none=True, mode="json")
    query = queries.articles(condition, filters, today)
    if query_data.q.strip():
        found = queries.search(query, query_data.q)
        return {"items": [{**_plain(hit.article), "headline": hit.headline.striptags()} for hit in found], "next": None}
    page = page_of(query, [Article.updated_at, Article.id], descending=True, after=query_data.after or "", before="")
    return {"items": [_plain(row) for row in page.rows], "next": page.next}


@bp.post("/articles")
@requires(P.WRITE)
@bp.input(NewArticle, arg_name="given")
@bp.output(ArticleDetail, status_code=201)
@bp.doc(tags=[TAG], summary="Write an article, as a draft", security="bearer", responses=failures(400, 409, 413, 422))
def write(given: NewArticle) -> Any:
    principal = current_principal()
    with unit_of_work():
        article = services.write(
            _written(given, principal, "First version.", idempotency_key()), principal, clock.now()
        )
    return _detail(article, principal)


@bp.post("/articles/suggestions")
@requires(P.READ)
@bp.input(Typed, arg_name="given")
@bp.output(SuggestionList)
@bp.doc(tags=[TAG], summary="The articles that may answer a text", security="bearer", responses=failures(400, 413, 422))
def suggest(given: Typed) -> Any:
    return {"items": knowledge.suggest(current_principal(), given.text)}


@bp.get("/articles/<int:article_id>")
@requires(P.READ)
@bp.output(ArticleDetail)
@bp.doc(tags=[TAG], summary="An article", security="bearer", responses=failures(404))
def show_article(article_id: int) -> Any:
    return _detail(queries.visible_article(current_principal(), article_id), current_principal())


@bp.put("/articles/<int:article_id>")
@requires(P.WRITE)
@bp.input(ChangedArticle, arg_name="given")
@bp.output(ArticleDetail)
@bp.doc(tags=[TAG], summary="Change an article", security="bearer", responses=failures(400, 404, 409, 413, 422))
def change(article_id: int, given: ChangedArticle) -> Any:
    principal = current_principal()
    with unit_of_work():
        article = _mine(article_id, principal)
        services.edit(article, _written(given, principal, given.why, None), given.version, principal, clock.now())
    return _detail(article, principal)


@bp.post("/articles/<int:article_id>/publication")
@requires(P.WRITE)
@bp.output(ArticleDetail)
@bp.doc(tags=[TAG], summary="Publish it", security="bearer", responses=failures(404, 409, 422))
def publish(article_id: int) -> Any:
    principal = current_principal()
    with unit_of_work():
        article = _mine(article_id, principal)
        services.publish(article, principal, clock.now())
    return _detail(article, principal)


@bp.post("/articles/<int:article_id>/retirement")
@requires(P.WRITE)
@bp.input(Retired, arg_name="given")
@bp.output(ArticleDetail)
@bp.doc(
    tags=[TAG],
    summary="Retire it; its address then says why and where to go",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def retire(article_id: int, given: Retired) -> Any:
    principal = current_principal()
    with unit_of_work():
        article = _mine(article_id, principal)
        named = given.replaced_by_id
        replacement = queries.named_article(principal, named) if named else None
        services.retire(article, given.because, replacement, principal, clock.now())
    return _detail(article, principal)


@bp.get("/articles/<int:article_id>/versions")
@requires(P.STAFF)
@bp.input(Listing, location="query")
@bp.output(VersionList)
@bp.doc(tags=[TAG], summary="Every version, the newest first", security="bearer", responses=failures(404, 422))
def list_versions(article_id: int, query_data: Listing) -> Any:
    article = queries.visible_article(current_principal(), article_id)
    if not standing.is_staff_of(current_principal(), article):
        raise Forbidden("Earlier versions are for the Lead's staff.")
    order = [ArticleVersion.number]
    page = page_of(queries.versions(article), order, descending=True, after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.post("/articles/<int:article_id>/vote")
@requires(P.READ)
@bp.input(Voted, arg_name="given")
@bp.output(ArticleDetail)
@bp.doc(
    tags=[TAG],
    summary="Say whether it helped you; the last answer counts",
    security="bearer",
    responses=failures(400, 404, 409, 413, 422),
)
def vote(article_id: int, given: Voted) -> Any:
    principal = current_principal()
    with unit_of_work():
        article = queries.visible_article(principal, article_id, lock=True)
        services.vote(article, principal, given.helpful, given.word, clock.now())
    return _detail(article, principal)


@bp.get("/replies")
@requires(ReplyPermission.USE)
@bp.input(Listing, location="query")
@bp.output(ReplyList)
@bp.doc(tags=[TAG], summary="Canned replies: those shared, and your own", security="bearer", responses=failures(422))
def list_replies(query_data: Listing) -> Any:
    query = replies.replies(current_principal(), {})
    page = page_of(query, [CannedReply.name, CannedReply.id], after=query_data.after or "", before="")
    return {"items": page.rows, "next": page.next}


@bp.get("/replies/<int:reply_id>/text")
@requires(ReplyPermission.USE)
@bp.input(ForTicket, location="query")
@bp.output(Filled)
@bp.doc(tags=[TAG], summary="A reply, filled in for a ticket", security="bearer", responses=failures(404, 422))
def fill_reply(reply_id: int, query_data: ForTicket) -> Any:
    principal = current_principal()
    reply = replies.visible_reply(principal, reply_id)
    ticket = tickets.visible_ticket(principal, query_data.ticket_id)
    return {"text": reply_rules.fill(reply.text, reply_services.facts_of(ticket, principal))}


def _mine(article_id: int, principal: Principal) -> Article:
    article = queries.visible_article(principal, article_id, lock=True)
    if not standing.may_write(principal, article):
        raise Forbidden("This article is not yours to change.", "Tell the HMIS Lead what is wrong with it.")
    return article


def _written(given: NewArticle, principal: Principal, why: str, once: str | None) -> Written:
    places = standing.places_to_write(principal)
    place = next((p for p in places if (p.coc.id if p.coc else None) == given.coc_id), None)
    if place is None:
        raise Invalid("You do not write articles there.", "Name one of your communities.", field="coc_id")
    return Written(
        place=place,
        title=" ".join(given.title.split()),
        body=given.body,
        kind=given.kind,
        audience=given.audience,
        tags=rules.tags_of(",".join(given.tags)),
        review_on=given.review_on,
        owner_id=given.owner_id,
        why=why,
        once=once,
    )


def _plain(article: Article) -> dict[str, Any]:
    names = ("id", "title", "kind", "audience", "state", "lead_id", "coc_id", "tags", "version", "updated_at")
    return {name: getattr(article, name) for name in names}


def _detail(article: Article, principal: Principal) -> dict[str, Any]:
    """How readers voted is for the Lead's staff."""
    is_staff = standing.is_staff_of(principal, article)
    names = ("owner_id", "review_on", "retired_because", "replaced_by_id")
    return {
        **_plain(article),
        **{name: getattr(article, name) for name in names},
        "body": article.body if is_staff or article.state is not State.RETIRED else "",
        "helpful": article.helpful if is_staff else 0,
        "unhelpful": article.unhelpful if is_staff else 0,
    }
