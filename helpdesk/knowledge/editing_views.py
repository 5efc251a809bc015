"""Writing: new articles, changes to them, and what happens to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError, Forbidden, Invalid
from core.markdown import to_html
from helpdesk.knowledge import queries, rules, services, standing
from helpdesk.knowledge.blueprint import bp
from helpdesk.knowledge.compare import compare
from helpdesk.knowledge.forms import ArticleForm, NewArticleForm, RetireForm, ReviewForm
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.pages import article_page, today
from helpdesk.knowledge.permissions import Permission
from helpdesk.knowledge.rules import Audience
from helpdesk.knowledge.services import Overtaken, Written
from helpdesk.knowledge.standing import Place
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.models import Ticket

BIGGEST = 2**63 - 1


@bp.get("/knowledge/new")
@requires(Permission.WRITE)
def new() -> Any:
    places = standing.places_to_write(current_principal())
    ticket = _ticket(request.args.get("ticket", ""))
    form = NewArticleForm()
    _offer(form, places)
    _begin(form, places, ticket)
    return _form_page(form, places, ticket=ticket)


@bp.post("/knowledge/new")
@requires(Permission.WRITE)
def create() -> Any:
    places = standing.places_to_write(current_principal())
    form = NewArticleForm()
    ticket = _ticket(form.ticket.data or "")
    _offer(form, places)
    if not form.validate():
        return _form_page(form, places, ticket=ticket), 422
    if "preview" in request.form:
        return _form_page(form, places, ticket=ticket)
    try:
        with unit_of_work():
            article = services.write(_written(form, places), current_principal(), clock.now(), ticket=ticket)
            if "publish" in request.form and article.version == 1:
                services.publish(article, current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        form.refuse(error)
        return _form_page(form, places, ticket=_ticket(form.ticket.data or "")), error.status
    flash("Saved and published." if "publish" in request.form else "Saved as a draft.", "success")
    return redirect(url_for(".show", article_id=article.id))


@bp.get("/knowledge/<int:article_id>/edit")
@requires(Permission.WRITE)
def edit(article_id: int) -> Any:
    article = _mine_to_write(article_id)
    places = _places_for(article)
    form = ArticleForm()
    _offer(form, places)
    form.show(article)
    return _form_page(form, places, article)


@bp.post("/knowledge/<int:article_id>/edit")
@requires(Permission.WRITE)
def change(article_id: int) -> Any:
    article = _mine_to_write(article_id)
    places = _places_for(article)
    form = ArticleForm()
    _offer(form, places)
    if not form.validate():
        return _form_page(form, places, article), 422
    if "preview" in request.form:
        return _form_page(form, places, article)
    try:
        with unit_of_work():
            article = _mine_to_write(article_id, lock=True)
            written = _written(form, places)
            services.edit(article, written, form.base_version, current_principal(), clock.now())
    except DomainError as error:
        db.session.rollback()
        if error.status in (403, 404):
            raise
        form.refuse(error)
        return _refused(form, error, article_id), error.status
    flash("Saved.", "success")
    return redirect(url_for(".show", article_id=article_id))


def _refused(form: ArticleForm, error: DomainError, article_id: int) -> str:
    """What was typed stays; saved again, it follows the version that came between."""
    article = _mine_to_write(article_id)
    between = error.versions if isinstance(error, Overtaken) else []
    if between:
        form.base.data = str(article.version)
    return _form_page(form, _places_for(article), article, between=between)


def _form_page(
    form: ArticleForm,
    places: list[Place],
    article: Article | None = None,
    *,
    ticket: Ticket | None = None,
    between: Any = (),
) -> str:
    now = clock.now()
    explanations = {str(e["because"]): e for e in (place.kinds(now).explanation for place in places)}
    steps = [(after, rules.listed(rules.changed(before, after))) for before, after in pairwise(between)]
    return render_template(
        "helpdesk/knowledge/edit.html",
        form=form,
        article=article,
        ticket=ticket,
        explanations=list(explanations.values()),
        preview=to_html(form.body.data or "") if "preview" in request.form and not form.errors else None,
        steps=steps,
        between=compare(between[0].body, between[-1].body) if steps else [],
    )


def _offer(form: ArticleForm, places: list[Place]) -> None:
    now = clock.now()
    kinds = {code: words for place in places for code, words in place.kinds(now).words.items()}
    form.offer(places, kinds, standing.could_own(places, now))


def _begin(form: ArticleForm, places: list[Place], ticket: Ticket | None) -> None:
    """What a new article most likely is; from a solved request, with what was asked and what solved it."""
    principal = current_principal()
    home = next((p for p in places if ticket and p.coc and p.coc.id == ticket.coc_id), places[0])
    form.place.data = home.code
    form.kind.data = next(iter(home.kinds(clock.now()).words))
    form.audience.data = Audience.SIGNED_IN.value
    form.owner_id.data = principal.person_id
    form.review_on.data = today() + rules.REVIEW_AFTER
    if ticket is not None:
        begun = services.proposal(ticket)
        form.ticket.data, form.title.data, form.body.data = str(ticket.id), begun.title, begun.body
        form.why.data = f"Made from request #{ticket.id}."


def _ticket(typed: str) -> Ticket | None:
    """The request in the address; one that this person may not see is not there."""
    if not typed:
        return None
    number = int(typed[:18]) if typed.isascii() and typed.isdecimal() else 0
    return tickets.visible_ticket(current_principal(), number)


def _written(form: ArticleForm, places: list[Place]) -> Written:
    place = next((place for place in places if place.code == form.place.data), None)
    if place is None:
        raise Invalid("Choose where the article holds.", field="place")
    return Written(
        place=place,
        title=form.title.data,
        body=form.body.data,
        kind=form.kind.data,
        audience=Audience(form.audience.data),
        tags=rules.tags_of(form.tags.data),
        review_on=form.review_on.data,
        owner_id=min(form.owner_id.data or 0, BIGGEST),
        why=form.why.data,
        once=form.nonce.data,
    )


def _mine_to_write(article_id: int, *, lock: bool = False) -> Article:
    """Raises NotFound for what cannot be seen, Forbidden for what can only be read."""
    article = queries.visible_article(current_principal(), article_id, lock=lock)
    if not standing.may_write(current_principal(), article):
        raise Forbidden("This article is not yours to change.", "Tell the HMIS Lead what is wrong with it.")
    return article


def _places_for(article: Article) -> list[Place]:
    return [p for p in standing.places_to_write(current_principal()) if p.lead.id == article.lead_id]


# --- what happens to an article ----------------------------------------------------------------------


@bp.post("/knowledge/<int:article_id>/publish")
@requires(Permission.WRITE)
def publish(article_id: int) -> Any:
    principal = current_principal()
    return _act(article_id, "Published.", lambda article, now: services.publish(article, principal, now))


@bp.post("/knowledge/<int:article_id>/retire")
@requires(Permission.WRITE)
def retire(article_id: int) -> Any:
    form = RetireForm()

    def act(article: Article, now: datetime) -> None:
        number = form.replaced_by_id.data
        replacement = queries.named_article(current_principal(), number) if number else None
        services.retire(article, form.because.data, replacement, current_principal(), now)

    return _act(article_id, "Retired. Its address says why.", act, form=("retire", form))


@bp.post("/knowledge/<int:article_id>/review")
@requires(Permission.WRITE)
def review(article_id: int) -> Any:
    form = ReviewForm()

    def act(article: Article, now: datetime) -> None:
        services.review(article, form.review_on.data, current_principal(), now)

    return _act(article_id, "Thank you. It is still right.", act, form=("review", form))


@bp.post("/knowledge/<int:article_id>/versions/<int:number>/restore")
@requires(Permission.WRITE)
def restore(article_id: int, number: int) -> Any:
    def act(article: Article, now: datetime) -> None:
        services.restore(article, queries.version_of(article, number), current_principal(), now)

    return _act(article_id, f"Version {number} is back, as a new version.", act)


def _act(
    article_id: int,
    done: str,
    act: Callable[[Article, datetime], None],
    form: tuple[str, Any] | None = None,
) -> Any:
    """Do it in one unit of work; a form that cannot be used comes back with the page and what was typed."""
    if form and not form[1].validate():
        return article_page(_mine_to_write(article_id), dict([form])), 422
    try:
        with unit_of_work():
            act(_mine_to_write(article_id, lock=True), clock.now())
    except DomainError as error:
        if error.status in (403, 404):
            raise
        db.session.rollback()
        if form is None:
            flash(f"{error.message} {error.advice}".strip(), "error")
            return redirect(url_for(".show", article_id=article_id))
        form[1].refuse(error)
        return article_page(_mine_to_write(article_id), dict([form])), error.status
    flash(done, "success")
    return redirect(url_for(".show", article_id=article_id))
