"""What the packages above may use of training."""

from __future__ import annotations

from training.courses.completions import learned_since
from training.courses.queries import courses_for
from training.courses.recording import Elsewhere, bring_along, course_of_code
from training.events import (
    AboutToLapse,
    AccessKept,
    AccessRefused,
    AgreementSigned,
    CompletionRevoked,
    CourseCompleted,
    KindPracticed,
    PracticeCasePassed,
    PracticeReturned,
    PracticeSubmitted,
    ProvisionalAccess,
    RepeatOrdered,
    SeriesBegun,
    SeriesCompleted,
    SeriesLapsed,
    SeriesWithdrawn,
    TrainingCaughtUp,
    TrainingLapsed,
)
from training.holders import Instant, register_administrator, register_holders
from training.practice.elements import project_types
from training.practice.extra import Extension, ExtraCase, begin_extra_case, end_extra_case, extension
from training.practice.provisional import provisional_access
from training.practice.services import Giving, assign, must_not_wait, practised_types
from training.recertification.behind import is_behind, people_behind
from training.series.models import Series
from training.series.queries import Ground, series_for, standings
from training.series.rules import Standing
from training.series.services import Wish, enroll, withdraw_for
from training.trainees import trainees_of

__all__ = [
    "AboutToLapse",
    "AccessKept",
    "AccessRefused",
    "AgreementSigned",
    "CompletionRevoked",
    "CourseCompleted",
    "Elsewhere",
    "Extension",
    "ExtraCase",
    "Giving",
    "Ground",
    "Instant",
    "KindPracticed",
    "PracticeCasePassed",
    "PracticeReturned",
    "PracticeSubmitted",
    "ProvisionalAccess",
    "RepeatOrdered",
    "Series",
    "SeriesBegun",
    "SeriesCompleted",
    "SeriesLapsed",
    "SeriesWithdrawn",
    "Standing",
    "TrainingCaughtUp",
    "TrainingLapsed",
    "Wish",
    "assign",
    "begin_extra_case",
    "bring_along",
    "course_of_code",
    "courses_for",
    "end_extra_case",
    "enroll",
    "extension",
    "is_behind",
    "learned_since",
    "must_not_wait",
    "people_behind",
    "practised_types",
    "project_types",
    "provisional_access",
    "register_administrator",
    "register_holders",
    "series_for",
    "standings",
    "trainees_of",
    "withdraw_for",
]
