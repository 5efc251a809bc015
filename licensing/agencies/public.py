"""The list of partner agencies, for everybody. Rules: SON-LI-10, SAC-LI-5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, request

from core import sheets
from core.accounts.guard import limiter
from core.authz import public
from core.db import db
from core.paging import page_of
from core.people.models import Agency
from licensing.agencies import queries

bp = Blueprint("partners", __name__)

FRESH = 60  # seconds for which a browser or a proxy may show the same page
MOST = "120 per minute"  # from one address
HEADER = ("Agency", "CoC", "CoC name", "Takes part")


@bp.get("/partners")
@public
@limiter.limit(MOST)
def index() -> Any:
    """Who takes part now; an agency that only views is marked so."""
    page = page_of(queries.partners(request.args), [Agency.name, Agency.id])
    return fresh(
        render_template(
            "licensing/agencies/partners.html",
            page=page,
            cocs=[(coc.code, f"{coc.code} {coc.name}") for coc in queries.communities()],
            coc=request.args.get("coc", ""),
            asked=request.args.get("q", ""),
        )
    )


@bp.get("/partners.csv")
@public
@limiter.limit(MOST)
def file() -> Any:
    """The same list with the same filters, to take away."""
    return fresh(sheets.download("partner-agencies", "csv", HEADER, _lines(), ZoneInfo("UTC")))


def _lines() -> Iterator[tuple[str, str, str, str]]:
    query = queries.partners(request.args).order_by(Agency.name, Agency.id).execution_options(yield_per=500)
    for row in db.session.scalars(query):
        yield row.name, row.coc.code, row.coc.name, takes_part(row)


def takes_part(row: Agency) -> str:
    return "view only" if row.is_view_only else "enters data"


def fresh(body: Any) -> Response:
    """For everybody alike, but that who has signed in finds their navigation above it."""
    answer = make_response(body)
    kept_by = "private" if request.cookies else "public"
    answer.headers["Cache-Control"] = f"{kept_by}, max-age={FRESH}"
    answer.vary.add("Cookie")
    return answer
