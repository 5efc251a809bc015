"""What each category asks, and how an answer is read. Pure: what was typed in, what is kept or why not out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypedDict

from core import ppi
from core.text import one_line
from helpdesk.tickets.rules import Category


class FieldKind(StrEnum):
    """How an answer is read. The last two are asked by the service itself only."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes-no"
    CASE_NUMBER = "case-number"
    CLIENT_IDS = "client-ids"


KEEPABLE = (FieldKind.TEXT, FieldKind.NUMBER, FieldKind.DATE, FieldKind.CHOICE, FieldKind.YES_NO)
LONGEST = 500
MOST_CLIENTS = 50
CASE_NUMBER = re.compile(r"\d{1,15}")
CLIENT_ID = re.compile(r"(?=[\w-]*\d)[A-Za-z]{0,4}[\d-][\w-]{0,19}", re.ASCII)
WRITTEN_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y")
YES, NO = ("yes", "true", "1"), ("no", "false", "0")


@dataclass(frozen=True)
class Question:
    """`key` names the answer over the API and in the row; `choices` are the words of a CHOICE."""

    key: str
    label: str
    kind: FieldKind
    is_required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""


class Answer(TypedDict):
    """As the ticket keeps it: with the label as it was asked, so that it can be read when nobody asks that any more."""

    key: str
    label: str
    kind: str
    value: Any


@dataclass(frozen=True)
class Reading:
    """Either all that was answered, in the order of the questions, or by key what is wrong."""

    answers: list[Answer]
    problems: dict[str, str] = field(default_factory=dict)


ENTERED = Question(
    "entered",
    "Has anything about this been entered in the HMIS already?",
    FieldKind.YES_NO,
    is_required=True,
    hint="If so, enter no more and leave what is there as it is: the help desk says what to do with it. "
    "Send this all the same.",
)

ASKED: dict[Category, tuple[Question, ...]] = {
    Category.PROBLEM: (
        Question("place", "Where in the HMIS", FieldKind.TEXT, hint="The page or the report."),
        Question("since", "Since when", FieldKind.DATE),
    ),
    Category.ENHANCEMENT: (Question("helps", "Who it would help", FieldKind.TEXT),),
    Category.HOW_TO: (Question("place", "Where in the HMIS", FieldKind.TEXT, hint="The page or the report."),),
    Category.DATA_CORRECTION: (
        Question("client_ids", "Client IDs", FieldKind.CLIENT_IDS, hint="IDs only, with a space between them."),
    ),
    Category.DUPLICATE_MERGE: (
        Question("first_case", "One case number", FieldKind.CASE_NUMBER, is_required=True),
        Question(
            "second_case",
            "The other case number",
            FieldKind.CASE_NUMBER,
            is_required=True,
            hint="The lower of the two stays as the master record.",
        ),
        Question(
            "enrollments_here",
            "Are both enrollments in your agency's projects?",
            FieldKind.YES_NO,
            is_required=True,
            hint="If so, your agency's administrator merges them. If not, the HMIS Lead confirms with the agency.",
        ),
    ),
    Category.LOCKED_RECORD: (
        Question(
            "household",
            "How many people are in the household",
            FieldKind.NUMBER,
            is_required=True,
            hint="The record is locked for all of them.",
        ),
        Question(
            "client_ids",
            "Client IDs of those who have one",
            FieldKind.CLIENT_IDS,
            hint="IDs only, with a space between them. Enter nobody to get an ID for them.",
        ),
        ENTERED,
    ),
    Category.RELEASE_GAP: (
        Question("client_ids", "Client IDs", FieldKind.CLIENT_IDS, is_required=True, hint="IDs only."),
        Question("earlier_ends", "The earlier release ended on", FieldKind.DATE, is_required=True),
        Question("later_begins", "The later release begins on", FieldKind.DATE, is_required=True),
        ENTERED,
    ),
    Category.SECURITY: (Question("goes_on", "Is it still going on?", FieldKind.YES_NO),),
}
WAITED_FOR = frozenset({Category.LOCKED_RECORD, Category.RELEASE_GAP})


def read(category: Category, questions: Sequence[Question], given: Mapping[str, Any]) -> Reading:
    """What was given to the questions of a category, each by its key; anything else is left alone.

    Raises nothing: a problem is a sentence for whoever typed, beside the question it is about.
    """
    answers: list[Answer] = []
    problems: dict[str, str] = {}
    for question in questions:
        try:
            value = _read_one(question, given.get(question.key))
        except ValueError as told:
            problems[question.key] = str(told)
            continue
        if value is not None:
            answers.append({"key": question.key, "label": question.label, "kind": str(question.kind), "value": value})
    return Reading(answers, TOGETHER.get(category, _nothing)(values_of(answers)) | problems)


def values_of(answers: Sequence[Any]) -> dict[str, Any]:
    return {answer["key"]: answer["value"] for answer in answers}


def unknown(questions: Sequence[Question], given: Mapping[str, Any]) -> str | None:
    """The first key that nothing asks for, for callers who should learn of a typing mistake."""
    asked = {question.key for question in questions}
    return next((key for key in given if key not in asked), None)


def said(answer: Answer) -> str:
    """An answer as people read it; dates as they are said."""
    value = answer["value"]
    match FieldKind(answer["kind"]):
        case FieldKind.YES_NO:
            return "Yes" if value else "No"
        case FieldKind.DATE:
            day = date.fromisoformat(value)
            return f"{day:%a, %b} {day.day}, {day.year}"
        case FieldKind.CLIENT_IDS:
            return ", ".join(value)
        case _:
            return str(value)


def typed(answer: Answer) -> str:
    """The same as a form's field holds it."""
    match FieldKind(answer["kind"]):
        case FieldKind.YES_NO:
            return "yes" if answer["value"] else "no"
        case FieldKind.CLIENT_IDS:
            return " ".join(answer["value"])
        case _:
            return str(answer["value"])


def _read_one(question: Question, given: Any) -> Any:
    """None for an answer that was left out. Raises ValueError with the sentence to say."""
    text = _as_text(given)
    if not text:
        if question.is_required:
            raise ValueError(NEEDED.get(question.kind, "Answer this."))
        return None
    if len(text) > LONGEST:
        raise ValueError(f"At most {LONGEST} letters.")
    _refuse_client_data(question, text)
    return READERS[question.kind](question, text)


def _as_text(given: Any) -> str:
    """JSON's own values read like what somebody types."""
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, list | tuple):
        return " ".join(_as_text(part) for part in given)
    return one_line(str(given).replace("\0", "")) if given is not None else ""


def _refuse_client_data(question: Question, text: str) -> None:
    """MO-HD-5, read beside the label too: a number is an SSN where the question asks for one."""
    beside = f"{question.label}: {text}" if question.kind in (FieldKind.TEXT, FieldKind.NUMBER) else ""
    if found := ppi.find(text) or ppi.find_numbers(beside):
        raise ValueError(f"This has what looks like a client's {found[0].label}. Use the client ID.")


def asks_for_client_data(label: str) -> bool:
    """Whether what somebody answers beside this label would be refused (MO-HD-5), so that nobody could answer it."""
    return any(ppi.find(f"{label}: {example}") for example in ("Robin Vale", "219099999", "01/02/1980"))


def _text(_question: Question, text: str) -> str:
    return text


def _number(_question: Question, text: str) -> int | str:
    """A whole number as one; any other as it is written, for no digit is lost that way."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("Write a number, such as 3 or 2.5.") from None
    if not number.is_finite() or abs(number) >= 10**15:
        raise ValueError("Write a number, such as 3 or 2.5.")
    return int(number) if number == number.to_integral_value() else f"{number.normalize():f}"


def _date(_question: Question, text: str) -> str:
    for pattern in WRITTEN_DATES:
        try:
            day = datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1900 <= day.year <= 2100:
            return day.isoformat()
    raise ValueError("This is not a date. Write it like 11/20/2026.")


def _choice(question: Question, text: str) -> str:
    chosen = next((choice for choice in question.choices if choice.lower() == text.lower()), None)
    if chosen is None:
        raise ValueError(f"Choose one of: {', '.join(question.choices)}.")
    return chosen


def _yes_no(_question: Question, text: str) -> bool:
    if text.lower() in YES:
        return True
    if text.lower() in NO:
        return False
    raise ValueError("Answer yes or no.")


def _case_number(_question: Question, text: str) -> str:
    """Without zeros before it, so that two spellings of one number are one."""
    if not CASE_NUMBER.fullmatch(text):
        raise ValueError("Write the case number, digits only, and no name.")
    return str(int(text))


def _client_ids(_question: Question, text: str) -> list[str]:
    ids = list(dict.fromkeys(re.split(r"[\s,;]+", text.strip(" ,;"))))
    if not all(CLIENT_ID.fullmatch(one) for one in ids):
        raise ValueError("Write client IDs only, as the HMIS shows them, and no names.")
    if len(ids) > MOST_CLIENTS:
        raise ValueError(f"At most {MOST_CLIENTS} at a time.")
    return ids


READERS: dict[FieldKind, Callable[[Question, str], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
    FieldKind.CASE_NUMBER: _case_number,
    FieldKind.CLIENT_IDS: _client_ids,
}
NEEDED = {
    FieldKind.CASE_NUMBER: "A merge needs both case numbers.",
    FieldKind.YES_NO: "Answer yes or no.",
    FieldKind.DATE: "Give the day.",
    FieldKind.CHOICE: "Choose one.",
    FieldKind.CLIENT_IDS: "Give the client ID.",
}


# --- what must fit together


def _nothing(_values: Mapping[str, Any]) -> dict[str, str]:
    return {}


def _merge(values: Mapping[str, Any]) -> dict[str, str]:
    """SON-HD-6: two case numbers."""
    if values.get("first_case") and values["first_case"] == values.get("second_case"):
        return {"second_case": "These are the same number. A merge needs two records."}
    return {}


def _locked(values: Mapping[str, Any]) -> dict[str, str]:
    """MO-HD-3: for all household members."""
    household = values.get("household", 0)
    if not isinstance(household, int) or not 1 <= household <= MOST_CLIENTS:
        return {"household": f"Count everybody in the household, from 1 to {MOST_CLIENTS}."}
    if len(values.get("client_ids", ())) > household:
        return {"household": "There are more client IDs than people in the household."}
    return {}


def _gap(values: Mapping[str, Any]) -> dict[str, str]:
    """MO-HD-4: a day lies between the two that neither covers."""
    if not {"earlier_ends", "later_begins"} <= values.keys():
        return {}
    ends, begins = (date.fromisoformat(values[key]) for key in ("earlier_ends", "later_begins"))
    if (begins - ends).days <= 1:
        return {"later_begins": "There is no day between these two releases, so nothing falls between them."}
    return {}


TOGETHER: dict[Category, Callable[[Mapping[str, Any]], dict[str, str]]] = {
    Category.DUPLICATE_MERGE: _merge,
    Category.LOCKED_RECORD: _locked,
    Category.RELEASE_GAP: _gap,
}
