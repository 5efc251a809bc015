"""Transcripts, the list of completions, certificates and the page on which anybody checks one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for

from core import clock, sheets
from core.accounts.guard import limiter
from core.authz import current_principal, found, public, requires, signed_in
from core.db import unit_of_work
from core.errors import Unavailable
from core.paging import page_of
from core.people.models import Person
from core.printing import pdf_of
from core.ui.nav import Area, NavItem, register
from core.ui.viewer import viewer_zone
from training.courses.models import Completion
from training.mine import Piece, piece
from training.transcripts import queries, services
from training.transcripts.models import Certificate
from training.transcripts.permissions import Permission

bp = Blueprint("transcripts", __name__)
MOST = "60 per hour"  # from one address: codes are not to be tried out
HEADER = (
    "Person", "E-mail", "Agency", "Course", "Version", "Completed", "How", "Minutes", "Score", "Counts for", "Revoked",
)  # fmt: skip

register(NavItem(Area.TRAINING, "My transcript", "transcripts.own", order=15))
register(NavItem(Area.TRAINING, "Completions", "transcripts.index", Permission.SEE, order=40))


@bp.get("/training/transcript")
@signed_in
def own() -> Any:
    principal = current_principal()
    return _transcript(queries.visible_person(principal, principal.person_id))


@bp.get("/training/people/<int:person_id>")
@requires(Permission.SEE)
def person(person_id: int) -> Any:
    return _transcript(queries.visible_person(current_principal(), person_id))


def _transcript(row: Person) -> str:
    principal = current_principal()
    return render_template(
        "training/transcripts/transcript.html",
        row=row,
        rows=queries.of_person(principal, row),
        ways=queries.ways_of(principal, row),
        how=queries.HOW,
        is_own=row.id == principal.person_id,
        now=clock.now(),
    )


@bp.get("/training/completions")
@requires(Permission.SEE)
def index() -> Any:
    principal = current_principal()
    query = queries.completions(principal, _asked())
    return render_template(
        "training/transcripts/index.html",
        page=page_of(query, [Completion.at, Completion.id], descending=True),
        how=queries.HOW,
        courses=[(str(row.id), row.title) for row in queries.courses_in(principal)],
        asked=request.args,
    )


def _asked() -> dict[str, str]:
    return {**request.args.to_dict(), "zone": viewer_zone().key}


@bp.get("/training/completions.<form>")
@requires(Permission.SEE)
def file(form: str) -> Any:
    """What the list shows, to take away; a spreadsheet runs nothing in it (HUD-TR-3)."""
    found(form if form in sheets.FORMS else None)
    lines = queries.lines_of(queries.completions(current_principal(), _asked()))
    return sheets.download("completions", form, HEADER, lines, viewer_zone())


@bp.post("/training/completions/<int:completion_id>/certificate")
@signed_in
def issue(completion_id: int) -> Any:
    """For oneself, or by staff and agency for whom they look after (SAC-TR-1)."""
    principal = current_principal()
    with unit_of_work():
        row = queries.visible_completion(principal, completion_id, lock=True)
        made = services.issue(row, principal, clock.now())
    return redirect(url_for(".certificate", code=made.code))


@bp.get("/certificates")
@public
@limiter.limit(MOST)
def check() -> Any:
    """Where the code of a certificate is typed."""
    code = request.args.get("code", "")[:60]
    row = queries.certificate_by(code) if code else None
    if row is not None:
        return redirect(url_for(".certificate", code=row.code))
    return render_template("training/transcripts/check.html", code=code), 404 if code else 200


@bp.get("/certificates/<code>")
@public
@limiter.limit(MOST)
def certificate(code: str) -> Any:
    row = queries.certificate_by(code)
    if row is None:
        return render_template("training/transcripts/check.html", code=code[:60]), 404
    return render_template("training/transcripts/certificate.html", row=row, how=queries.HOW)


@bp.get("/certificates/<code>.pdf")
@public
@limiter.limit(MOST)
def certificate_pdf(code: str) -> Any:
    row: Certificate = found(queries.certificate_by(code))
    html = render_template(
        "training/transcripts/printed.html",
        row=row,
        how=queries.HOW,
        address=_address(row),
        code=_picture(_address(row)),
    )
    try:
        made = pdf_of(html, Path(current_app.static_folder or "") / "certificate.css")
    except Unavailable as error:
        flash(f"{error.message} {error.advice}", "error")
        return redirect(url_for(".certificate", code=row.code))
    return send_file(io.BytesIO(made), "application/pdf", download_name=f"certificate-{row.code}.pdf")


def _address(row: Certificate) -> str:
    return f"{current_app.config['HEARTHDESK'].url}{url_for('.certificate', code=row.code)}"


def _picture(address: str) -> str:
    return segno.make(address, error="m").svg_data_uri(scale=3, border=2, dark="#000", light="#fff")


@piece
def newest(principal: Any, _at: Any) -> Piece | None:
    """The last completions on the page of one's own training."""
    rows = queries.newest_of(principal.person_id)
    return Piece("training/transcripts/_newest.html", {"rows": rows, "how": queries.HOW}, order=90) if rows else None
