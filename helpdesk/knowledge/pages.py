"""The page of one article, which reading and writing come back to."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template

from core import clock
from core.authz import Principal, current_principal
from core.markdown import to_html
from core.ui.viewer import viewer_zone
from helpdesk.knowledge import queries, standing
from helpdesk.knowledge.forms import AUDIENCES, RetireForm, ReviewForm, VoteForm
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.rules import REVIEW_AFTER, State, acts


def today() -> date:
    return clock.now().astimezone(viewer_zone()).date()


def words() -> dict[str, Any]:
    return {"kind_words": standing.kind_words(clock.now()), "audience_words": AUDIENCES, "State": State}


def article_page(article: Article, failed: dict[str, Any] | None = None) -> Any:
    """The article as this person reads it. `failed` are forms that came back, by name."""
    principal = current_principal()
    is_staff = standing.is_staff_of(principal, article)
    if article.state is State.RETIRED and not is_staff:
        return gone(article, principal)
    may_write = standing.may_write(principal, article)
    vote = queries.vote_of(article, principal.person_id)
    return render_template(
        "helpdesk/knowledge/show.html",
        article=article,
        html=to_html(article.body),
        is_staff=is_staff,
        may=acts(article.state) if may_write else frozenset(),
        vote=vote,
        forms={"vote": VoteForm(formdata=None), "retire": RetireForm(formdata=None), "review": _review_form()}
        | (failed or {}),
        said_words=queries.words_about(article) if is_staff else [],
        tickets=queries.tickets_of(article, principal) if is_staff else [],
        successor=queries.successor(article, principal),
        today=today(),
        **words(),
    )


def _review_form() -> ReviewForm:
    form = ReviewForm(formdata=None)
    form.review_on.data = today() + REVIEW_AFTER
    return form


def gone(article: Article, principal: Principal | None) -> Any:
    successor = queries.successor(article, principal)
    page = render_template("helpdesk/knowledge/gone.html", article=article, successor=successor)
    return page, 410
