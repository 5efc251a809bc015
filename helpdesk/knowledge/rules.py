"""What an article can be, what happens to it, and when it is due to be read again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from core.policy import Decision, Policy
from core.policy.vocabulary import ListName
from core.ui import times

LONGEST_TITLE = 200
LONGEST_BODY = 50_000
MOST_TAGS = 12
LONGEST_TAG = 40
REVIEW_AFTER = timedelta(days=365)
FURTHEST_REVIEW = timedelta(days=5 * 366)
PRACTICE = "Practice of the HMIS Lead"


class Audience(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    STAFF = "staff"


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Act(StrEnum):
    EDIT = "edit"
    PUBLISH = "publish"
    REVIEW = "review"
    RESTORE = "restore"
    RETIRE = "retire"


_S = State
TRANSITIONS: dict[tuple[State, Act], State] = {
    (_S.DRAFT, Act.EDIT): _S.DRAFT,
    (_S.DRAFT, Act.PUBLISH): _S.PUBLISHED,
    (_S.DRAFT, Act.RESTORE): _S.DRAFT,
    (_S.DRAFT, Act.RETIRE): _S.RETIRED,
    (_S.PUBLISHED, Act.EDIT): _S.PUBLISHED,
    (_S.PUBLISHED, Act.REVIEW): _S.PUBLISHED,
    (_S.PUBLISHED, Act.RESTORE): _S.PUBLISHED,
    (_S.PUBLISHED, Act.RETIRE): _S.RETIRED,
    (_S.RETIRED, Act.PUBLISH): _S.PUBLISHED,
}


def acts(state: State) -> frozenset[Act]:
    return frozenset(act for (before, act) in TRANSITIONS if before is state)


@dataclass(frozen=True)
class Kinds:
    """The kinds of article that a place offers, by code, and why these."""

    words: Mapping[str, str]
    explanation: dict[str, Any]


OWN_KIND = {"article": "Article"}


def kinds_of(policies: Iterable[Policy]) -> Kinds:
    """What the manuals of these communities put into a knowledge base (MO-HD-7); of several, all that any names.

    A manual that names nothing leaves the knowledge base to the Lead's own practice.
    """
    policies = list(policies)
    naming = [policy for policy in policies if policy.has(ListName.KNOWLEDGE_BASE)]
    if not naming:
        manuals = ", ".join(dict.fromkeys(policy.title for policy in policies)) or "No community"
        told = f"The manual of {manuals} names no kinds of article: a knowledge base is the HMIS Lead's own practice."
        return Kinds(OWN_KIND, {"because": [told], "title": PRACTICE, "section": "Knowledge base"})
    value = naming[0].list(ListName.KNOWLEDGE_BASE)
    words = {str(c): str(w) for policy in naming for c, w in policy.list(ListName.KNOWLEDGE_BASE).items.items()}
    explanation = {
        "because": [value.says],
        "title": naming[0].manual_of(value.source),
        "section": value.section,
        "rule": value.rule,
        "pack": naming[0].pack,
        "version": str(naming[0].version),
    }
    return Kinds(words, explanation)


def review_problem(review_on: date, today: date, before: date | None = None) -> str:
    """Why this review date cannot be; empty when it can. One that stands already (`before`) may have passed."""
    if review_on < today and review_on != before:
        return f"{times.say_day(review_on)} has passed. Give today or a later day."
    if review_on > today + FURTHEST_REVIEW:
        return "That is more than five years ahead. Give an earlier day."
    return ""


def review_due(review_on: date, said_at: datetime, said_by: str, zone: ZoneInfo) -> Decision:
    """The end of the review day where the article holds. The Lead's own practice: no pack, no rule, no clock."""
    due = datetime.combine(review_on, time(23, 59, 59), zone)
    anchor = said_at.astimezone(zone).replace(microsecond=0)
    return Decision(
        pack="",
        version=anchor.date(),
        clock="",
        anchor=anchor,
        due=due,
        rule="",
        source="",
        section="Review of articles",
        title=PRACTICE,
        because=(f"On {times.say_day(anchor)} {said_by} set the review for {times.say_day(review_on)}.",),
        says="Somebody reads the article again and says that it is still right, or puts it right.",
    )


def tags_of(typed: str) -> list[str]:
    """What was typed with commas between, each once, in small letters, in the order typed."""
    return list(dict.fromkeys(tag for part in typed.split(",") if (tag := " ".join(part.lower().split()))))


WORDS_OF_FIELDS = {
    "title": "the title",
    "body": "the text",
    "kind": "the kind",
    "audience": "who may read it",
    "coc_id": "where it holds",
    "tags": "the tags",
    "state": "the state",
    "review_on": "the review date",
    "owner_id": "the owner",
}


def changed(before: Any, after: Any) -> list[str]:
    """What differs between two versions, in words."""
    return [words for name, words in WORDS_OF_FIELDS.items() if getattr(before, name) != getattr(after, name)]


def listed(words: Iterable[str]) -> str:
    """The title, the text and the tags."""
    *firsts, last = list(words) or [""]
    return f"{', '.join(firsts)} and {last}" if firsts else last
