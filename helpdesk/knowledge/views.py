"""Reading: lists, articles, their versions, what readers say, and what may answer a text."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, principal_or_none, public, requires
from core.db import db, unit_of_work
from core.errors import Forbidden, Invalid
from core.markdown import to_html
from core.paging import Page, page_of
from core.ui.nav import Area, Group, NavItem, register
from helpdesk.knowledge import api, clocks, editing_views, queries, services, standing  # noqa: F401 - some register
from helpdesk.knowledge.blueprint import bp
from helpdesk.knowledge.compare import compare
from helpdesk.knowledge.forms import AUDIENCES, VoteForm
from helpdesk.knowledge.models import Article, ArticleVersion
from helpdesk.knowledge.pages import article_page, gone, today, words
from helpdesk.knowledge.permissions import Permission
from helpdesk.knowledge.queries import Found
from helpdesk.knowledge.rules import State, changed, listed

__all__ = ["bp"]

register(NavItem(Area.HELPDESK, "Knowledge base", "knowledge.index", Permission.READ, order=40, group=Group.KNOWLEDGE))


@bp.get("/knowledge")
@requires(Permission.READ)
def index() -> Any:
    principal, now = current_principal(), clock.now()
    is_staff = principal.can(Permission.STAFF)
    condition = standing.visible(principal) if is_staff else standing.readable(principal)
    page, found = _listed(condition)
    return render_template(
        "helpdesk/knowledge/index.html",
        page=page,
        found=found,
        is_staff=is_staff,
        may_write=principal.can(Permission.WRITE),
        kinds=standing.kinds_at_home(principal, now),
        audiences=list(AUDIENCES.items()),
        shown=request.args.get("shown", ""),
        today=today(),
        **words(),
    )


def _listed(condition: Any) -> tuple[Page[Article] | None, list[Found]]:
    """A page of the list, or what was found best for the words that were asked for."""
    query = queries.articles(condition, request.args, today())
    if asked := request.args.get("q", "").strip():
        return None, queries.search(query, asked)
    order = queries.order_of(request.args)
    return page_of(query, order.columns, descending=order.descending), []


@bp.get("/knowledge/<int:article_id>")
@requires(Permission.READ)
def show(article_id: int) -> Any:
    return article_page(queries.visible_article(current_principal(), article_id))


@bp.post("/knowledge/<int:article_id>/helpful")
@requires(Permission.READ)
def helpful(article_id: int) -> Any:
    principal = current_principal()
    article = queries.visible_article(principal, article_id)
    form = VoteForm()
    if not form.validate():
        return article_page(article, {"vote": form}), 422
    try:
        with unit_of_work():
            article = queries.visible_article(principal, article_id, lock=True)
            services.vote(article, principal, form.helpful.data == "yes", form.word.data, clock.now())
    except Invalid as error:
        db.session.rollback()
        form.refuse(error)
        return article_page(queries.visible_article(principal, article_id), {"vote": form}), error.status
    flash("Thank you. You can change your answer here.", "success")
    return redirect(url_for(".show", article_id=article_id))


# --- what may answer a text ------------------------------------------------------------------------


@bp.post("/knowledge/suggest")
@requires(Permission.READ)
def suggest() -> Any:
    """A piece of a page, for what somebody has typed so far. Sent as a form, so that no log keeps the words."""
    text = " ".join(request.form.get(name, "") for name in ("subject", "text"))
    found = api.suggest(current_principal(), text)
    return render_template("helpdesk/knowledge/_suggestions.html", suggestions=found)


# --- versions --------------------------------------------------------------------------------------


@bp.get("/knowledge/<int:article_id>/versions")
@requires(Permission.STAFF)
def versions(article_id: int) -> Any:
    article = _of_staff(article_id)
    page = page_of(queries.versions(article), [ArticleVersion.number], descending=True)
    return render_template("helpdesk/knowledge/versions.html", article=article, page=page)


@bp.get("/knowledge/<int:article_id>/versions/<int:number>")
@requires(Permission.STAFF)
def version(article_id: int, number: int) -> Any:
    article = _of_staff(article_id)
    row = queries.version_of(article, number)
    may_restore = standing.may_write(current_principal(), article) and number != article.version
    return render_template(
        "helpdesk/knowledge/version.html",
        article=article,
        version=row,
        html=to_html(row.body),
        may_restore=may_restore,
        **words(),
    )


@bp.get("/knowledge/<int:article_id>/compare")
@requires(Permission.STAFF)
def compared(article_id: int) -> Any:
    """Two versions side by side in one column: by default the newest and the one before it."""
    article = _of_staff(article_id)
    newer = _number(request.args.get("to", "")) or article.version
    older = _number(request.args.get("from", "")) or max(newer - 1, 1)
    before, after = queries.version_of(article, older), queries.version_of(article, newer)
    return render_template(
        "helpdesk/knowledge/compare.html",
        article=article,
        before=before,
        after=after,
        changed=listed(changed(before, after)),
        lines=compare(before.body, after.body),
        **words(),
    )


def _of_staff(article_id: int) -> Article:
    """An article whose history is this person's to read: one of where they are Lead staff."""
    article = queries.visible_article(current_principal(), article_id)
    if not standing.is_staff_of(current_principal(), article):
        raise Forbidden("Earlier versions are for the Lead's staff.", "Ask the HMIS Lead.")
    return article


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None


# --- without signing in ------------------------------------------------------------------------------


@bp.get("/help")
@public
def public_index() -> Any:
    page, found = _listed(standing.readable(None))
    return render_template("helpdesk/knowledge/public.html", page=page, found=found, **words())


@bp.get("/help/<int:article_id>")
@public
def public_show(article_id: int) -> Any:
    article = queries.public_article(article_id)
    if article.state is State.RETIRED:
        return gone(article, principal_or_none())
    return render_template(
        "helpdesk/knowledge/public_show.html", article=article, html=to_html(article.body), **words()
    )
