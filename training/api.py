"""What the packages above may use of training."""

from __future__ import annotations

from training.courses.queries import courses_for
from training.events import (
    AboutToLapse,
    AccessKept,
    AccessRefused,
    AgreementSigned,
    CompletionRevoked,
    CourseCompleted,
    PracticeCasePassed,
    PracticeReturned,
    PracticeSubmitted,
    ProvisionalAccess,
    RepeatOrdered,
    SeriesBegun,
    SeriesCompleted,
    SeriesLapsed,
    TrainingCaughtUp,
    TrainingLapsed,
)
from training.holders import Instant, register_administrator, register_holders
from training.practice.elements import project_types
from training.practice.provisional import provisional_access
from training.practice.services import Giving, assign, must_not_wait, practised_types
from training.recertification.behind import is_behind, people_behind
from training.series.models import Series
from training.series.queries import Ground, series_for, standings
from training.series.rules import Standing
from training.series.services import Wish, enroll, withdraw_for

__all__ = [
    "AboutToLapse",
    "AccessKept",
    "AccessRefused",
    "AgreementSigned",
    "CompletionRevoked",
    "CourseCompleted",
    "Giving",
    "Ground",
    "Instant",
    "PracticeCasePassed",
    "PracticeReturned",
    "PracticeSubmitted",
    "ProvisionalAccess",
    "RepeatOrdered",
    "Series",
    "SeriesBegun",
    "SeriesCompleted",
    "SeriesLapsed",
    "Standing",
    "TrainingCaughtUp",
    "TrainingLapsed",
    "Wish",
    "assign",
    "courses_for",
    "enroll",
    "is_behind",
    "must_not_wait",
    "people_behind",
    "practised_types",
    "project_types",
    "provisional_access",
    "register_administrator",
    "register_holders",
    "series_for",
    "standings",
    "withdraw_for",
]
