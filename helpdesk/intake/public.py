"""A request without an account: behind a limit and a field that people leave empty, and telling nobody who is known."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import clock
from core.accounts.guard import limiter
from core.authz import public
from core.connections import by_key
from core.db import db, unit_of_work
from core.errors import Conflict, Invalid
from core.people.models import Agency, CoC, Person
from core.people.services import agencies_of, person_by_email
from helpdesk.intake import services
from helpdesk.intake.forms import PublicForm, ask
from helpdesk.intake.rules import FOR_EVERYBODY
from helpdesk.intake.services import Asked
from helpdesk.knowledge.api import suggest as suggested
from helpdesk.tickets.acts import stored
from helpdesk.tickets.rules import Category, Channel

bp = Blueprint("public_help", __name__, url_prefix="/help")

MOST = "10 per hour"  # from one address
MOST_WORDS = "60 per minute"  # the same, while somebody types


@bp.get("/ask")
@public
def new() -> Any:
    form = _form()
    wanted = request.args.get("category", "")
    form.category.data = wanted if wanted in set(FOR_EVERYBODY) else ""
    form.offer_categories(FOR_EVERYBODY)
    return _page(form)


def _form() -> PublicForm:
    form = ask(PublicForm, [])
    form.offer_communities(_communities())
    return form


def _communities() -> list[CoC]:
    """Asked for once a request."""
    if "communities" not in g:
        g.communities = _all_communities()
    return g.communities  # type: ignore[no-any-return]


def _all_communities() -> list[CoC]:
    query = select(CoC).options(joinedload(CoC.lead)).order_by(CoC.name, CoC.id)
    return list(db.session.scalars(by_key(query)))


def _page(form: PublicForm, *, has_looked: bool = False) -> str:
    """What came back has what may answer it beside it, for who types without JavaScript."""
    typed = f"{form.subject.data or ''} {form.text.data or ''}".strip()
    answers = suggested(None, typed) if typed else []
    return render_template("helpdesk/intake/public.html", form=form, suggestions=answers, has_looked=has_looked)


@bp.post("/suggest")
@public
@limiter.limit(MOST_WORDS)
def suggest() -> Any:
    """A piece of the page, for what somebody has typed so far; the words are read and not kept."""
    typed = " ".join(request.form.get(name, "") for name in ("subject", "text"))
    return render_template("helpdesk/intake/_suggested.html", suggestions=suggested(None, typed))


@bp.post("/ask")
@public
@limiter.limit(MOST)
def create() -> Any:
    """Whatever is known of the address, the answer is the same page."""
    form = _form()
    form.offer_categories(FOR_EVERYBODY)
    if "look" in request.form:  # nothing is sent: only what may answer it is looked for
        return _page(form, has_looked=True)
    if not form.validate():
        return _page(form), 422
    if form.website.data:  # a program filled it in; it is told the same as everybody
        return redirect(url_for(".sent"))
    try:
        with unit_of_work():
            services.open_request(_asked(form), clock.now())
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _page(form), error.status
    return redirect(url_for(".sent"))


def _asked(form: PublicForm) -> Asked:
    """Routed like a mail from that address would be, and like a mail it proves nothing of who wrote it."""
    coc = next((coc for coc in _communities() if coc.id == form.community.data), None)
    if coc is None:
        raise Invalid("Choose the community.", field="community")
    address = form.address.data or ""
    person, agency = _known(address, coc.lead_id)
    return Asked(
        requester=person,
        address=address,
        name=form["name"].data or "",
        subject=form.subject.data or "",
        text=form.text.data or "",
        lead=coc.lead,
        agency=agency,
        channel=Channel.PUBLIC,
        category=Category(form.category.data),
        coc=coc,
        attachments=stored(form),
        nonce=form.nonce.data,
    )


def _known(address: str, lead_id: int) -> tuple[Person | None, Agency | None]:
    """Whose address it is, among those who work at an agency of the Lead that was chosen; both, or neither."""
    person = person_by_email(address)
    places = agencies_of(person.id, clock.now()) if person else []
    agency = next((a for a in places if a.lead_id == lead_id), None)
    return (person, agency) if agency else (None, None)


@bp.get("/ask/sent")
@public
def sent() -> Any:
    return render_template("helpdesk/intake/sent.html")
