"""The courses of the demo in words: what they say, what they ask, and a film of twelve seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.courses.bank import Written
from training.courses.questions import Kind
from training.courses.rules import Feedback, TestPlan
from training.courses.services import About, Content
from training.courses.vocabulary import CourseKind, Credit

FILM = Path(__file__).parent / "films" / "keeping-data-safe.webm"
WORDS = b"""\
WEBVTT

00:00.000 --> 00:03.000
Keeping client data safe.

00:03.000 --> 00:06.000
Lock your screen when you leave.

00:06.000 --> 00:09.000
Never share your password.

00:09.000 --> 00:11.900
Tell us of a breach at once.
"""
CLAUSES = (
    "I use the HMIS only for the work of my agency, and look up only clients whom I serve.",
    "I keep my user name and password to myself, and never let a colleague work under them.",
    "I lock my screen whenever I leave it, and sign out at the end of the day.",
    "I tell clients what is collected and why before I enter anything about them.",
    "I send nothing that identifies a client by mail; I use the client ID.",
    "I tell the HMIS Lead of a breach, or of what may be one, as soon as I know of it.",
)
AGREED = "# User policy and responsibilities agreement\n\nRead each clause, tick it, then sign with your name."
SAFE = """\
# Why it matters

People tell us what they would tell nobody else. Somebody who learns where a client sleeps can do them harm.

## What you do

1. Lock the screen when you leave it.
2. Keep your password to yourself.
3. Write the client ID in a mail, never a name or a birth date.

Watch the video, then take the test."""
STANDARDS = (
    "# The data standards\n\nWhat HUD asks us to collect at entry, update and exit, and how each answer is meant."
)
SOFTWARE = (
    "# Finding your way\n\nHow to find a client, how to enroll a household, and how to record what you did for them."
)
TEST = TestPlan(5, 80, 3, Feedback.ANSWERS_AT_END, {"privacy": 2})

ABOUT_SAFETY = (
    Written(
        Kind.TRUE_FALSE,
        "A colleague may use your password while theirs is locked.",
        "false",
        "security",
        "Each person has a license of their own; ask the help desk to unlock it.",
    ),
    Written(
        Kind.SINGLE,
        "A client asks what is kept about them. What do you do first?",
        "* Explain how to ask for their record\nRead it out to them\nSend them to the police",
        "privacy",
        "Every client may ask for what is kept about them.",
    ),
    Written(
        Kind.MULTIPLE,
        "What may stand in a mail to the help desk?",
        "* The client ID\n* The name of the project\nA client's name\nA client's birth date",
        "privacy",
        "The ID is enough for us to find the record.",
    ),
    Written(
        Kind.ORDER,
        "A laptop is stolen. Put in order what you do.",
        "Tell your security officer\nTell the HMIS Lead\nWrite down what was on it",
        "security",
        "The sooner the Lead knows, the sooner your access is closed.",
    ),
    Written(
        Kind.MATCH,
        "What belongs together?",
        "Leaving = Lock the screen\nA strange mail = Report it\nA paper intake = Lock it away",
        "security",
    ),
    Written(Kind.NUMBER, "How many people may use one license?", "1", "security", "One person, one license."),
    Written(
        Kind.TRUE_FALSE,
        "You may look up a neighbor who is a client of another agency.",
        "false",
        "privacy",
        "Only clients whom you serve.",
    ),
)
ABOUT_STANDARDS = (
    Written(
        Kind.TRUE_FALSE,
        "“Client doesn't know” and “data not collected” mean the same.",
        "false",
        "",
        "The first is the client's answer; the second says that nobody asked.",
    ),
    Written(Kind.ORDER, "Put the stages of a stay in order.", "Project entry\nUpdate\nProject exit"),
    Written(
        Kind.SINGLE,
        "A motel paid by a congregation counts as:",
        "* Hotel or motel paid for by an organization\nA place not meant for living\nThe client's own home",
    ),
    Written(
        Kind.NUMBER,
        "Within how many days of its anniversary is an annual assessment done?",
        "30",
        "",
        "Thirty days before or after the anniversary of the head of household's start.",
    ),
)


@dataclass(frozen=True)
class Lesson:
    """A course with its first version; `asked` are the questions of its bank."""

    about: About
    content: Content
    asked: Sequence[Written] = ()
    has_film: bool = False


def _about(
    code: str, title: str, kind: CourseKind, minutes: int, counts: Sequence[str], topics: Sequence[str]
) -> About:
    return About(code, title, kind, "", counts, topics, minutes)


_C, _K = Credit, CourseKind
SAFETY = (_C.SECURITY_AND_PRIVACY, _C.SECURITY, _C.CONFIDENTIALITY_AND_PRIVACY, _C.DATA_SECURITY)
PRIVACY = ("confidentiality-and-privacy", "data-security")
DATA = ("data-entry", "data-collection", "data-quality")
POLICIES = ("policies-and-procedures",)
LESSONS = (
    Lesson(
        _about("AGR-101", "User policy and responsibility agreement", _K.AGREEMENT, 10, [_C.USER_AGREEMENT], POLICIES),
        Content(AGREED, CLAUSES),
    ),
    Lesson(
        _about("SEC-101", "Security and privacy awareness", _K.MATERIAL, 30, SAFETY, PRIVACY),
        Content(SAFE, test=TEST),
        ABOUT_SAFETY,
        has_film=True,
    ),
    Lesson(
        _about("DS-101", "HUD data standards", _K.MATERIAL, 45, [_C.DATA_STANDARDS, _C.GENERAL], DATA),
        Content(STANDARDS, test=TestPlan(4, 75)),
        ABOUT_STANDARDS,
    ),
    Lesson(
        _about(
            "SW-101",
            "Finding your way in the HMIS",
            _K.MATERIAL,
            40,
            [_C.SOFTWARE_BASICS, _C.SOFTWARE, _C.GENERAL],
            ["workflows"],
        ),
        Content(SOFTWARE),
    ),
    Lesson(
        _about("ORI-100", "New user orientation", _K.LIVE, 60, [_C.ORIENTATION], POLICIES),
        Content("Held by video each Tuesday."),
    ),
    Lesson(
        _about("REP-201", "Reading your reports", _K.LIVE, 60, [_C.REPORTING, _C.GENERAL], ["data-quality"]),
        Content("Bring a report of your own."),
    ),
)
UNFINISHED = Lesson(
    _about("CE-110", "Coordinated entry, first steps", _K.MATERIAL, 25, [], []),
    Content("# Coordinated entry\n\nStill to be written."),
)
