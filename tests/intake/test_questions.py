"""How answers are read: at the boundary, without a page."""

from __future__ import annotations

import pytest

from helpdesk.intake.questions import (
    ASKED,
    MOST_CLIENTS,
    Answer,
    FieldKind,
    Question,
    asks_for_client_data,
    read,
    said,
    typed,
    values_of,
)
from helpdesk.tickets.rules import Category

MERGE = {"first_case": "104877", "second_case": "98012", "enrollments_here": "no"}
LOCKED = {"household": "3", "client_ids": "104877 104878", "entered": "no"}
GAP = {"client_ids": "104877", "earlier_ends": "2026-09-01", "later_begins": "2026-10-01", "entered": "no"}


def of(category: Category, **given: object) -> tuple[dict, dict]:
    reading = read(category, ASKED[category], given)
    return values_of(reading.answers), reading.problems


def one(kind: FieldKind, given: object, *choices: str) -> object:
    """The value that comes of one answer, or the sentence that refuses it."""
    reading = read(Category.OTHER, [Question("it", "It", kind, choices=choices)], {"it": given})
    return reading.problems.get("it") or values_of(reading.answers).get("it")


@pytest.mark.rule("SON-HD-6")
@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        ("104876", None),
        ("104877", "These are the same number. A merge needs two records."),
        ("0104877", "These are the same number. A merge needs two records."),
        ("104878", None),
        ("Jane Roe", "Write the case number, digits only, and no name."),
        ("104878 Roe", "Write the case number, digits only, and no name."),
        ("", "A merge needs both case numbers."),
        ("9" * 15, None),
        ("9" * 16, "Write the case number, digits only, and no name."),
        ("\u0661\u0662", None),
    ],
)
def test_a_merge_names_two_different_numbers_and_no_client(second, wrong):
    assert of(Category.DUPLICATE_MERGE, **{**MERGE, "second_case": second})[1].get("second_case") == wrong


@pytest.mark.rule("MO-HD-3")
@pytest.mark.parametrize(
    ("household", "good"), [("0", False), ("1", True), ("2.5", False), (str(MOST_CLIENTS), True), ("51", False)]
)
def test_a_locked_record_is_for_a_whole_household(household, good):
    _, problems = of(Category.LOCKED_RECORD, **{**LOCKED, "client_ids": "104877", "household": household})
    assert ("household" not in problems) is good


@pytest.mark.rule("MO-HD-3")
@pytest.mark.parametrize(("people", "good"), [(1, False), (2, True), (3, True)])
def test_no_more_ids_than_people(people, good):
    assert (not of(Category.LOCKED_RECORD, **{**LOCKED, "household": str(people)})[1]) is good


@pytest.mark.rule("MO-HD-3")
@pytest.mark.parametrize("ids", ["Jane", "Jane Roe", "104877 Roe", "219-09-9999"])
def test_a_household_is_named_by_client_ids_only(ids):
    assert "client_ids" in of(Category.LOCKED_RECORD, **{**LOCKED, "client_ids": ids})[1]


@pytest.mark.rule("MO-HD-4")
@pytest.mark.parametrize(
    ("begins", "good"),
    [("2026-08-31", False), ("2026-09-01", False), ("2026-09-02", False), ("2026-09-03", True)],
)
def test_a_gap_is_a_day_that_neither_release_covers(begins, good):
    assert (not of(Category.RELEASE_GAP, **{**GAP, "later_begins": begins})[1]) is good


@pytest.mark.rule("MO-HD-4")
@pytest.mark.parametrize("missing", ["client_ids", "earlier_ends", "later_begins", "entered"])
def test_a_gap_needs_both_dates_and_whether_something_was_entered(missing):
    assert list(of(Category.RELEASE_GAP, **{**GAP, missing: ""})[1]) == [missing]


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (FieldKind.TEXT, "  two\n words\0 ", "two words"),
        (FieldKind.TEXT, "x" * 500, "x" * 500),
        (FieldKind.TEXT, "x" * 501, "At most 500 letters."),
        (FieldKind.NUMBER, "1,200", 1200),
        (FieldKind.NUMBER, 2.5, "2.5"),
        (FieldKind.NUMBER, "NaN", "Write a number, such as 3 or 2.5."),
        (FieldKind.NUMBER, "1e400", "Write a number, such as 3 or 2.5."),
        (FieldKind.NUMBER, "many", "Write a number, such as 3 or 2.5."),
        (FieldKind.DATE, "11/20/2026", "2026-11-20"),
        (FieldKind.DATE, "2026-02-29", "This is not a date. Write it like 11/20/2026."),
        (FieldKind.DATE, "1899-12-31", "This is not a date. Write it like 11/20/2026."),
        (FieldKind.YES_NO, False, False),
        (FieldKind.YES_NO, "perhaps", "Answer yes or no."),
        (FieldKind.CLIENT_IDS, ["104877", "104877", "C-12"], ["104877", "C-12"]),
        (FieldKind.CLIENT_IDS, " ".join(map(str, range(51))), "At most 50 at a time."),
        (FieldKind.TEXT, None, None),
    ],
)
def test_each_kind_of_answer(kind, given, value):
    assert one(kind, given) == value


def test_a_choice_is_one_of_its_words_in_any_case():
    assert one(FieldKind.CHOICE, "east", "East", "West") == "East"
    assert one(FieldKind.CHOICE, "North", "East", "West") == "Choose one of: East, West."


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize("given", ["SSN 219-09-9999", "client Jane Roe", "born 01/02/1980"])
def test_no_answer_holds_a_clients_data(given):
    assert str(one(FieldKind.TEXT, given)).startswith("This has what looks like a client's")


@pytest.mark.rule("MO-HD-5")
@pytest.mark.parametrize(
    ("label", "asks"), [("Which printer", False), ("SSN", True), ("Date of birth", True), ("Client name", True)]
)
def test_a_question_that_asks_for_a_clients_data(label, asks):
    assert asks_for_client_data(label) is asks


@pytest.mark.parametrize(
    ("kind", "value", "words", "in_a_form"),
    [
        (FieldKind.YES_NO, True, "Yes", "yes"),
        (FieldKind.DATE, "2026-11-20", "Fri, Nov 20, 2026", "2026-11-20"),
        (FieldKind.CLIENT_IDS, ["1", "2"], "1, 2", "1 2"),
        (FieldKind.NUMBER, 3, "3", "3"),
    ],
)
def test_an_answer_as_it_is_said_and_as_it_is_typed(kind, value, words, in_a_form):
    answer: Answer = {"key": "it", "label": "It", "kind": str(kind), "value": value}
    assert (said(answer), typed(answer)) == (words, in_a_form)
    assert one(kind, typed(answer)) == value
