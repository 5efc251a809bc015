"""The Lead's documents: writing, looking at it as it will be signed, publishing, sending."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, url_for

from core import clock, markdown
from core.agreeing import INTENT, text_hash
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import Conflict, DomainError, Forbidden
from core.typed import put_error, put_on
from core.ui.viewer import viewer_zone
from licensing.agreements import documents as writing
from licensing.agreements import queries, rules, sending
from licensing.agreements.documents import NotReady
from licensing.agreements.forms import DocumentForm, PublishForm, VersionForm
from licensing.agreements.models import Document, DocumentVersion
from licensing.agreements.permissions import Permission
from licensing.agreements.rules import KIND_WORDS, Kind
from licensing.agreements.views import bp


@bp.get("/documents")
@requires(Permission.WRITE)
def documents() -> Any:
    rows = queries.documents(current_principal())
    return render_template(
        "licensing/agreements/documents.html", rows=rows, counts=queries.counts(rows), kinds=KIND_WORDS,
        newest={row.id: writing.newest(row) for row in rows}, drafts={row.id: writing.draft_of(row) for row in rows},
    )  # fmt: skip


@bp.route("/documents/new", methods=["GET", "POST"])
@requires(Permission.WRITE)
def document_new() -> Any:
    principal, form = current_principal(), DocumentForm().fresh()
    places = queries.places_to_write(principal)
    form.place.choices = {code: coc.name if coc else f"All of {lead.name}" for code, (lead, coc) in places.items()}
    if not form.is_submitted():
        return render_template("licensing/agreements/document_new.html", form=form)
    if not form.validate():
        return render_template("licensing/agreements/document_new.html", form=form), 422
    lead, coc = places[form.place.data]
    with unit_of_work():
        row = writing.begin(
            lead, coc, Kind(form.kind.data), form.title.data or "", principal, form.once.data or "", clock.now()
        )
    return redirect(url_for(".version", document_id=row.id, number=row.versions[0].number))


@bp.get("/documents/<int:document_id>")
@requires(Permission.WRITE)
def document(document_id: int) -> Any:
    principal = current_principal()
    row = queries.visible_document(principal, document_id)
    return render_template(
        "licensing/agreements/document.html", row=row, kind=KIND_WORDS[row.kind], counts=queries.counts([row])[row.id],
        may_write=queries.may_write(principal, row), newest=writing.newest(row), draft=writing.draft_of(row),
        asked=queries.asked_kinds(row, clock.now()), words=queries.STATES,
    )  # fmt: skip


def _written(document_id: int, *, lock: bool = False) -> Document:
    row = queries.visible_document(current_principal(), document_id, lock=lock)
    if not queries.may_write(current_principal(), row):
        raise Forbidden("Your role does not include this here.", "Ask who serves the whole HMIS Lead.")
    return row


@bp.post("/documents/<int:document_id>/versions")
@requires(Permission.WRITE)
def version_new(document_id: int) -> Any:
    with unit_of_work():
        made = writing.new_version(_written(document_id, lock=True), clock.now())
    return redirect(url_for(".version", document_id=document_id, number=made.number))


@bp.get("/documents/<int:document_id>/versions/<int:number>")
@requires(Permission.WRITE)
def version(document_id: int, number: int) -> Any:
    row = queries.visible_document(current_principal(), document_id)
    return _version_page(row, queries.visible_version(row, number))


def _expected(row: Document) -> Mapping[str, str]:
    """What any of its communities expects of it (HUD-LI-4)."""
    found: dict[str, str] = {}
    for policy in writing.policies(row, clock.now()):
        found |= rules.expectations(row.kind, policy)
    return found


def _form(row: Document, one: DocumentVersion, *, blank: bool = True) -> VersionForm:
    expected = _expected(row)
    if not blank:
        return VersionForm.asking(expected)
    given = {"body": one.body, "clauses": "\n".join(one.clauses), "changes": one.changes}
    covers = {f"cover_{code}": str(one.covers.get(code, "")) for code in expected}
    return VersionForm.asking(expected, formdata=None, data=given | covers)


def _version_page(row: Document, one: DocumentVersion, form: Any = None, publish: Any = None) -> str:
    principal = current_principal()
    policies = writing.policies(row, clock.now())
    lacks = {lack.sentence: lack for policy in policies for lack in rules.lacks(row.kind, one.text, policy)}
    publish = (
        publish
        or PublishForm(formdata=None, effective_on=clock.now().astimezone(viewer_zone()).date(), resigns=True).fresh()
    )
    return render_template(
        "licensing/agreements/version.html", row=row, version=one, kind=KIND_WORDS[row.kind],
        html=markdown.to_html(one.body), may_write=queries.may_write(principal, row), form=form or _form(row, one),
        expected=_expected(row), lacks=list(lacks.values()), publish=publish, intent=INTENT,
        hash=text_hash(one.body, one.clauses), draft=writing.draft_of(row),
    )  # fmt: skip


@bp.post("/documents/<int:document_id>/versions/<int:number>")
@requires(Permission.WRITE)
def version_save(document_id: int, number: int) -> Any:
    row = _written(document_id)
    one = queries.visible_version(row, number)
    form = _form(row, one, blank=False)
    if not form.validate():
        return _version_page(row, one, form), 422
    try:
        with unit_of_work():
            row = _written(document_id, lock=True)
            writing.write(queries.visible_version(row, number), form.written(_expected(row)))
    except Conflict as error:
        db.session.rollback()
        put_error(form, error)
        row = _written(document_id)
        return _version_page(row, queries.visible_version(row, number), form), error.status
    flash("Saved. Nobody sees it before it is published.", "success")
    return redirect(url_for(".version", document_id=document_id, number=number))


@bp.post("/documents/<int:document_id>/versions/<int:number>/publish")
@requires(Permission.WRITE)
def version_publish(document_id: int, number: int) -> Any:
    row, form = _written(document_id), PublishForm()
    one = queries.visible_version(row, number)
    if not form.validate():
        return _version_page(row, one, publish=form.fresh()), 422
    try:
        with unit_of_work():
            row = _written(document_id, lock=True)
            sent = writing.publish(
                queries.visible_version(row, number), form.effective_on.data, current_principal(), clock.now(),
                resigns=bool(form.resigns.data),
            )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        for lack in error.lacks if isinstance(error, NotReady) else ():
            put_on(form, "", lack.sentence, f"({lack.rule})" if lack.rule else "")
        row = _written(document_id)
        return _version_page(row, queries.visible_version(row, number), publish=form), error.status
    flash(f"Published. It was sent to {sent:,} to be signed." if sent else "Published.", "success")
    return redirect(url_for(".document", document_id=document_id))


@bp.post("/documents/<int:document_id>/send")
@requires(Permission.WRITE)
def document_send(document_id: int) -> Any:
    """To whoever has not signed the newest version and was not sent it; twice is once."""
    with unit_of_work():
        row = _written(document_id, lock=True)
        newest = writing.newest(row)
        if newest is None:
            raise Conflict("Nothing is published yet.", "Publish a version first.")
        sent = sending.send(newest, clock.now())
    flash(f"Sent to {sent:,} to be signed." if sent else "Everybody has it already.", "success")
    return redirect(url_for(".document", document_id=document_id))
