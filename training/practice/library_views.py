"""The library of practice cases, for those who write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from core import clock
from core.authz import current_principal, requires
from core.db import db, unit_of_work
from core.errors import DomainError
from core.paging import page_of
from core.typed import put_error
from core.ui.nav import Area, NavItem, register
from training.courses.models import CourseState
from training.practice import content as rules_of
from training.practice import library, shelves
from training.practice.content import Line, Part
from training.practice.elements import Element, Kind, catalog, project_types
from training.practice.forms import CaseForm, ChooseLineForm, LineForm, MemberForm, StoryForm
from training.practice.models import PracticeCase
from training.practice.permissions import Permission
from training.practice.queries import Asked
from training.practice.views import bp, me, typed, words

register(NavItem(Area.TRAINING, "Case library", "practice_cases.cases", Permission.KEEP, order=46))

CASE_STATES = {CourseState.DRAFT: "Draft", CourseState.OFFERED: "Given out", CourseState.RETIRED: "Retired"}


@bp.get("/cases")
@requires(Permission.KEEP)
def cases() -> Any:
    principal = current_principal()
    asked = Asked(typed("state"), typed("type"))
    page = page_of(shelves.cases(principal, asked), [PracticeCase.title, PracticeCase.id])
    return render_template(
        "training/practice/library.html",
        page=page,
        given=shelves.given_counts([row.id for row in page.rows]),
        asked=asked,
        case_states=CASE_STATES,
        types=sorted(project_types().items(), key=lambda one: one[1]),
        **words(),
    )


def _case_form(principal: Any, lead: Any) -> CaseForm:
    form = CaseForm()
    cocs = shelves.cocs_to_keep(principal, lead)
    whole = {"0": "All of the Lead's communities"} if lead.id in principal.scope(Permission.KEEP).lead_ids else {}
    form.coc.choices = {**whole, **{str(coc.id): coc.name for coc in cocs}}
    others = [course for course in shelves.courses_to_choose(lead) if course.code != library.USUAL]
    form.course.choices = {"0": "Practice cases", **{str(course.id): course.title for course in others}}
    return form


@bp.route("/cases/new", methods=["GET", "POST"])
@requires(Permission.KEEP)
def new_case() -> Any:
    principal = current_principal()
    lead = shelves.lead_to_keep(principal)
    form = _case_form(principal, lead).fresh()
    if not form.is_submitted():
        return render_template("training/practice/case_new.html", form=form)
    if not form.validate():
        return render_template("training/practice/case_new.html", form=form), 422
    coc = next((one for one in shelves.cocs_to_keep(principal, lead) if one.id == form.coc.data), None)
    course = next((one for one in shelves.courses_to_choose(lead) if one.id == form.course.data), None)
    draft = library.Draft(form.title.data or "", form.hud_type.data, coc, course)
    with unit_of_work():
        row = library.make(lead, draft, me(), clock.now(), form.once.data or "")
    flash("It is a draft. Add the household next.", "success")
    return redirect(url_for(".case", case_id=row.id))


@bp.get("/cases/<int:case_id>")
@requires(Permission.KEEP)
def case(case_id: int) -> Any:
    return _case_page(shelves.visible_case(current_principal(), case_id))


def _case_page(row: PracticeCase, member: MemberForm | None = None) -> str:
    version = row.newest
    content = version.content
    stories = {}
    for place, part in enumerate(content.parts, start=1):
        stories[place] = StoryForm(formdata=None, prefix=f"part-{place}", data={"story": part.story})
    return render_template(
        "training/practice/case.html",
        row=row,
        version=version,
        content=content,
        is_draft=version.state == "draft",
        faults=rules_of.faults(content),
        member_form=member or MemberForm(formdata=None),
        stories=stories,
        choose=[_choices(part, content) for part in content.parts],
        given=shelves.given_counts([row.id]).get(row.id, 0),
        may_keep=shelves.may_keep(current_principal(), row),
        case_states=CASE_STATES,
        **words(),
    )


def _choices(part: Part, content: rules_of.Content) -> ChooseLineForm:
    form = ChooseLineForm(formdata=None, prefix=f"{part.step}-")
    _offer(form, part, content)
    return form


def _offer(form: ChooseLineForm, part: Part, content: rules_of.Content) -> None:
    form.ref.choices = {member.ref: member.name for member in content.members}
    form.code.choices = {one.code: f"{one.number} {one.name}" for one in catalog().values() if one.fits(part.step)}


def _change(case_id: int, verb: Callable[[PracticeCase], None], said: str, anchor: str = "") -> Any:
    with unit_of_work():
        verb(shelves.visible_case(current_principal(), case_id, to_keep=True))
    flash(said, "success")
    return redirect(url_for(".case", case_id=case_id, _anchor=anchor or None))


@bp.post("/cases/<int:case_id>/members")
@requires(Permission.KEEP)
def add_member(case_id: int) -> Any:
    principal, form = current_principal(), MemberForm()
    if not form.validate():
        return _case_page(shelves.visible_case(principal, case_id, to_keep=True), form), 422
    told = [form[name].data or "" for name in ("first", "last", "born", "ssn", "relationship")]
    try:
        with unit_of_work():
            library.add_member(shelves.visible_case(principal, case_id, to_keep=True), *told)
    except DomainError as error:
        db.session.rollback()
        if error.status == 403:
            raise
        put_error(form, error)
        return _case_page(shelves.visible_case(principal, case_id), form), error.status
    flash("Added.", "success")
    return redirect(url_for(".case", case_id=case_id, _anchor="household"))


@bp.post("/cases/<int:case_id>/members/drop")
@requires(Permission.KEEP)
def drop_member(case_id: int) -> Any:
    ref = request.form.get("ref", "")
    return _change(case_id, lambda row: library.drop_member(row, ref), "Removed.", "household")


@bp.post("/cases/<int:case_id>/parts/<int:position>/story")
@requires(Permission.KEEP)
def tell(case_id: int, position: int) -> Any:
    form = StoryForm(prefix=f"part-{position}")
    row = shelves.visible_case(current_principal(), case_id, to_keep=True)
    if not form.validate():
        flash("The text is too long: at most 10,000 characters.", "error")
        return redirect(url_for(".case", case_id=row.id, _anchor=f"part-{position}"))
    story = form.story.data or ""
    return _change(case_id, lambda row: library.tell(row, position, story), "Kept.", f"part-{position}")


@bp.get("/cases/<int:case_id>/parts/<int:position>/lines/new")
@requires(Permission.KEEP)
def new_line(case_id: int, position: int) -> Any:
    """The element is chosen; now its own answers are offered."""
    row = shelves.visible_case(current_principal(), case_id)
    content = row.newest.content
    if not 1 <= position <= len(content.parts):
        return redirect(url_for(".case", case_id=case_id))
    part = content.parts[position - 1]
    named = {name: typed(f"{part.step}-{name}") or typed(name) for name in ("ref", "code")}
    element, member = catalog().get(named["code"]), content.member(named["ref"])
    if element is None or member is None:
        flash("Choose whose line it is, and which element.", "error")
        return redirect(url_for(".case", case_id=case_id, _anchor=f"part-{position}"))
    form = LineForm(formdata=None, ref=member.ref, code=element.code)
    _offer_answers(form, element)
    return _line_page(row, position, element, form)


def _offer_answers(form: LineForm, element: Element | None) -> None:
    is_list = element is not None and element.kind is Kind.LIST
    form.expected.choices = dict(element.choices) if element is not None and is_list else {}


def _line_page(row: PracticeCase, position: int, element: Element, form: LineForm) -> str:
    content = row.newest.content
    return render_template(
        "training/practice/line.html",
        row=row,
        position=position,
        part=content.parts[position - 1],
        member=content.member(form.ref.data or ""),
        element=element,
        form=form,
        is_list=element.kind is Kind.LIST,
    )


@bp.post("/cases/<int:case_id>/parts/<int:position>/lines")
@requires(Permission.KEEP)
def add_line(case_id: int, position: int) -> Any:
    principal, form = current_principal(), LineForm()
    row = shelves.visible_case(principal, case_id, to_keep=True)
    element = catalog().get(form.code.data or "")
    _offer_answers(form, element)
    if element is None or row.newest.content.member(form.ref.data or "") is None:
        flash("Choose whose line it is, and which element.", "error")
        return redirect(url_for(".case", case_id=case_id, _anchor=f"part-{position}"))
    if not form.validate():
        return _line_page(row, position, element, form), 422
    expected = form.expected.data if element.kind is Kind.LIST else [form.value.data or ""]
    added = Line(form.ref.data or "", element.code, tuple(expected or ()), form.says.data or "")
    try:
        with unit_of_work():
            library.add_line(shelves.visible_case(principal, case_id, to_keep=True), position, added)
    except DomainError as error:
        db.session.rollback()
        error.field = ("expected" if element.kind is Kind.LIST else "value") if error.field == "expected" else None
        put_error(form, error)
        return _line_page(shelves.visible_case(principal, case_id), position, element, form), error.status
    flash(f"{element.name} is in the key.", "success")
    return redirect(url_for(".case", case_id=case_id, _anchor=f"part-{position}"))


@bp.post("/cases/<int:case_id>/parts/<int:position>/lines/drop")
@requires(Permission.KEEP)
def drop_line(case_id: int, position: int) -> Any:
    place = request.form.get("place", "")
    return _change(case_id, lambda row: library.drop_line(row, position, place), "Removed.", f"part-{position}")


@bp.post("/cases/<int:case_id>/publish")
@requires(Permission.KEEP)
def publish_case(case_id: int) -> Any:
    return _change(case_id, lambda row: library.publish(row, clock.now()), "It is given out from now on.")


@bp.post("/cases/<int:case_id>/revise")
@requires(Permission.KEEP)
def revise(case_id: int) -> Any:
    return _change(case_id, lambda row: library.revise(row, me(), clock.now()), "A new version has begun.")


@bp.post("/cases/<int:case_id>/retire")
@requires(Permission.KEEP)
def retire(case_id: int) -> Any:
    return _change(case_id, library.retire, "Nobody new gets it.")


@bp.post("/cases/<int:case_id>/offer")
@requires(Permission.KEEP)
def offer_again(case_id: int) -> Any:
    return _change(case_id, library.offer_again, "It is given out again.")


@bp.post("/cases/<int:case_id>/copy")
@requires(Permission.KEEP)
def copy_case(case_id: int) -> Any:
    """Another case that begins as this one. A button pressed twice makes one copy of each version."""
    row = shelves.visible_case(current_principal(), case_id, to_keep=True)
    once = (request.form.get("once") or "")[:64]
    with unit_of_work():
        made = library.copy(row, me(), clock.now(), once or f"copy:{row.id}:{clock.now().isoformat()}")
    flash("Make it another household's: change the members and their answers.", "success")
    return redirect(url_for(".case", case_id=made.id))


@bp.get("/cases/<int:case_id>/sheet")
@requires(Permission.KEEP)
def case_sheet(case_id: int) -> Any:
    """The whole intake sheet as trainees will see it."""
    row = shelves.visible_case(current_principal(), case_id)
    content = row.newest.content
    return render_template(
        "training/practice/sheet.html", track=None, case=row, content=content, parts=content.parts, **words()
    )
