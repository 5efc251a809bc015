"""A small app with every macro on a page, for the tests of the look; it needs no database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from config import Config
from core import authz, errors, ui
from core.authz import Principal, Role, RoleGrant
from core.ui import nav

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
NOTICE = {
    "pack": "missouri",
    "version": "2026-10-01",
    "clock": "departure-notice",
    "anchor": "2026-11-20T16:30:00-06:00",
    "due": "2026-11-25T23:59:59-06:00",
    "rule": "MO-LI-4",
    "source": "missouri-hmis-policies",
    "section": "Revoking End User Access",
    "title": "Missouri HMIS Policies",
    "because": [
        "Left Fri Nov 20, 4:30 PM. Notice is due within 3 business days.",
        "Mon 23 (1), Tue 24 (2), Wed 25 (3).",
    ],
}


ROWS = [
    SimpleNamespace(
        id=1, person="Kendra Moss", agency="Harbor House", due="2026-11-20T18:30:00-06:00", state=None, count=3
    ),
    SimpleNamespace(id=2, person="Ana Diaz", agency="Casa Sol", due="2026-11-25T23:59:59-06:00", state=None, count=12),
    SimpleNamespace(
        id=3,
        person="Bartholomew Featherstonehaugh-Villanueva",
        agency="Saint Vincent de Paul Society of Jefferson City",
        due="2026-11-17T23:59:59-06:00",
        state=None,
        count=1204,
    ),
    SimpleNamespace(
        id=4, person="Lee Park", agency="Harbor House", due="2026-11-10T23:59:59-06:00", state="met", count=0
    ),
    SimpleNamespace(
        id=5, person="Jo Reed", agency="Casa Sol", due="2026-11-09T23:59:59-06:00", state="missed", count=1
    ),
]


class GalleryPermission(StrEnum):
    LOOK = "gallery.look"
    REFUSED = "gallery.refused"


class DepartureForm(FlaskForm):
    person = StringField("Who is leaving", [DataRequired("Say who is leaving.")])
    left_on = DateField("When", [InputRequired("Give the day they leave.")])
    agency = SelectField(
        "Agency", choices=[SelectChoice("", "")] + [SelectChoice(str(n), f"Agency {n}") for n in range(1, 40)]
    )
    reason = SelectField(
        "Why it ends",
        choices=[
            SelectChoice("", "Choose one"),
            SelectChoice("left", "Left the agency"),
            SelectChoice("role", "Changed role"),
        ],
    )
    employment = RadioField(
        "Employed as",
        choices=[SelectChoice("staff", "Staff"), SelectChoice("volunteer", "Volunteer")],
        validators=[InputRequired("Choose one.")],
    )
    projects = SelectMultipleField(
        "Projects",
        choices=[SelectChoice("1", "Harbor House shelter"), SelectChoice("2", "Harbor House rapid rehousing")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    licenses = IntegerField("Licenses", [NumberRange(1, 20, "Between 1 and 20.")], description="How many end this day.")
    secret = PasswordField("Your password")
    letter = FileField("Letter of notice")
    words = TextAreaField("Anything we should know")
    sure = BooleanField("They will not need access again", [DataRequired("Tick this to go on.")])


def make_app(config: Config | None = None) -> Flask:
    app = Flask("gallery", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(ROOT / "templates"), FileSystemLoader(Path(__file__).parent / "templates")]
    )
    app.config.update(SECRET_KEY="gallery", HEARTHDESK=config or Config("test", "gallery", ROOT), TESTING=False)
    app.extensions["load_principal"] = lambda: app.config.get("PRINCIPAL")
    CSRFProtect(app)
    ui.init_app(app)
    errors.init_app(app)
    _views(app)
    return app


@contextmanager
def permission_to_look() -> Iterator[None]:
    """Grants outlive an app, and the page about permissions lists all of them: this one ends with the test."""
    before = {role: set(permissions) for role, permissions in authz._granted.items()}
    authz.grant(Role.LEAD_MANAGER, {GalleryPermission.LOOK})
    yield
    authz._granted.clear()
    authz._granted.update(before)


def lena() -> Principal:
    """A manager in Saint Louis who may look around."""
    return Principal(
        1, "Lena Chen", "lena@hearthdesk.test", "America/Chicago", (RoleGrant(Role.LEAD_MANAGER, lead_id=1),)
    )


def _views(app: Flask) -> None:
    look = GalleryPermission.LOOK
    nav.register(nav.NavItem(nav.Area.TODAY, "Today", "gallery_today", look))
    nav.register(nav.NavItem(nav.Area.HELPDESK, "Tickets", "gallery_lists", look, order=1))
    nav.register(nav.NavItem(nav.Area.HELPDESK, "Quarantine", "gallery_words", look, order=2))
    nav.register(nav.NavItem(nav.Area.LICENSING, "Departures", "gallery_forms", look))
    nav.register(nav.NavItem(nav.Area.ADMIN, "Refused", "gallery_forms_refused", GalleryPermission.REFUSED))
    nav.register(nav.NavItem(nav.Area.DEADLINES, "No such page", "gallery_nowhere", look))
    nav.register(nav.NavItem(nav.Area.ACCOUNT, "Your account", "gallery_account"))

    def page(name: str) -> Any:
        return lambda: render_template(f"gallery/{name}.html", notice=NOTICE, now=NOW, rows=_rows())

    for name in ("today", "lists", "words", "account", "plain", "empty", "queue"):
        app.add_url_rule(f"/{name}", f"gallery_{name}", page(name))
    app.add_url_rule("/search", "gallery_search", page("empty"))
    app.add_url_rule("/forms", "gallery_forms", _form_page, methods=["GET", "POST"])
    app.add_url_rule("/forms/refused", "gallery_forms_refused", page("empty"))
    app.add_url_rule("/sign-out", "accounts.sign_out", lambda: redirect("/"), methods=["POST"])
    app.add_url_rule("/act", "gallery_act", _act, methods=["POST"])
    app.add_url_rule("/fail/<int:status>", "gallery_fail", _fail)
    app.add_url_rule("/", "gallery_home", lambda: redirect(url_for("gallery_today")))


def _rows() -> list[SimpleNamespace]:
    """Those whose name holds the filter's words; all without words."""
    return [row for row in ROWS if request.args.get("q", "").lower() in row.person.lower()]


def _form_page() -> Any:
    form = DepartureForm()
    if form.validate_on_submit():
        flash("We have the notice. Access ends today at 4:30 PM.", "success")
        return redirect(url_for("gallery_forms"))
    return render_template("gallery/forms.html", form=form), 422 if form.errors else 200


def _act() -> Any:
    flash("Done, and recorded.", "success")
    return redirect(url_for("gallery_today"))


def _fail(status: int) -> Any:
    if status == 500:
        raise RuntimeError("on purpose")
    if status == 422:
        raise errors.Invalid("That day has passed.", "Choose today or later.", rule="MO-LI-4")
    return errors._page(status, *errors.WORDS[status][1:]), status
