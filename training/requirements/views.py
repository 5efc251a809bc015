"""The matrix of requirements by agency and person, its files, and the same lines on the page of one's own training."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request

from core import clock, sheets
from core.authz import Principal, current_principal, found, requires
from core.people.models import Agency
from core.typed import line
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from training.mine import Piece, piece
from training.requirements import queries, rules
from training.requirements.lanes import SHOWS, Asked
from training.requirements.permissions import Permission
from training.requirements.queries import Entry

bp = Blueprint("requirements", __name__)
HEADER = (
    "Person", "E-mail", "Agency", "Requirement", "Part of", "State", "Due", "Until", "Done", "Of", "Done on", "Reason",
)  # fmt: skip

register(NavItem(Area.TRAINING, "Requirements", "requirements.index", Permission.SEE, order=25))


def _asked() -> tuple[Asked, dict[str, str]]:
    given = {name: line(request.args.get(name, ""))[:80] for name in ("show", "agency", "coc", "q")}
    asked = queries.asked_by(current_principal(), given["show"], given["agency"], given["coc"], given["q"])
    return asked, given


@bp.get("/training/requirements")
@requires(Permission.SEE)
def index() -> Any:
    """Everybody in reach, the soonest due first."""
    return _page(None)


@bp.get("/training/requirements/agencies/<int:agency_id>")
@requires(Permission.SEE)
def agency(agency_id: int) -> Any:
    """The same for one agency."""
    return _page(queries.visible_agency(current_principal(), agency_id))


def _page(of: Agency | None) -> str:
    principal = current_principal()
    asked, given = _asked()
    if of is not None:
        asked, given = (
            queries.asked_by(principal, given["show"], str(of.id), "", given["q"]),
            given | {"agency": str(of.id)},
        )
    page = queries.people(asked, clock.now(), request.args.get("after", ""), request.args.get("before", ""))
    return render_template(
        "training/requirements/index.html",
        agency=of,
        page=page,
        groups=[group for group in queries.GROUPS if any(row.of(group) for row in page.rows)],
        asked={name: value for name, value in given.items() if value},
        shows=list(SHOWS.items()),
        cocs=[(str(coc.id), coc.name) for coc in queries.cocs(principal)] if of is None else [],
        tones=TONES,
    )


TONES = {
    rules.Standing.LATE: "late",
    rules.Standing.DUE: "wait",
    rules.Standing.TO_DO: "wait",
    rules.Standing.RESTS: "info",
    rules.Standing.REFUSED: "warn",
    rules.Standing.GOOD: "ok",
    rules.Standing.DONE: "ok",
    rules.Standing.EXEMPT: "off",
}


@bp.get("/training/requirements.<form>")
@requires(Permission.SEE)
def file(form: str) -> Any:
    """What the list shows, one line for each person and requirement."""
    found(form if form in sheets.FORMS else None)
    asked, _ = _asked()
    return sheets.download("requirements", form, HEADER, _lines(asked, clock.now()), viewer_zone())


def _lines(asked: Asked, at: datetime) -> Iterator[tuple[Any, ...]]:
    for entry in queries.everybody(asked, at):
        for one in entry.lines:
            yield (
                entry.person.name, entry.person.email, entry.place, one.title, one.group,
                queries.WORDS[one.standing].removesuffix(" by").removesuffix(" until"), one.due_at, one.until, one.done,
                one.of, one.done_at, one.reason,
            )  # fmt: skip
        if not entry.lines:
            yield (entry.person.name, entry.person.email, entry.place, "", "", "Nothing asked", *[None] * 6)


@piece
def mine(principal: Principal, at: datetime) -> Piece | None:
    """Everything that is required of oneself, in one table above the rooms' own pieces."""
    rows: list[Entry] = queries.own(principal.person_id, at)
    return Piece("training/requirements/_mine.html", {"rows": rows, "tones": TONES}, order=5) if rows else None
