"""What the packages above may use of training."""

from __future__ import annotations

from training.courses.queries import courses_for
from training.events import (
    AccessRefused,
    CompletionRevoked,
    CourseCompleted,
    PracticeCasePassed,
    PracticeReturned,
    PracticeSubmitted,
    SeriesBegun,
    SeriesCompleted,
    SeriesLapsed,
    TrainingCaughtUp,
    TrainingLapsed,
)
from training.holders import register_administrator, register_holders
from training.series.models import Series
from training.series.queries import Ground, series_for, standings
from training.series.rules import Standing
from training.series.services import Wish, enroll, withdraw_for

__all__ = [
    "AccessRefused",
    "CompletionRevoked",
    "CourseCompleted",
    "Ground",
    "PracticeCasePassed",
    "PracticeReturned",
    "PracticeSubmitted",
    "Series",
    "SeriesBegun",
    "SeriesCompleted",
    "SeriesLapsed",
    "Standing",
    "TrainingCaughtUp",
    "TrainingLapsed",
    "Wish",
    "courses_for",
    "enroll",
    "register_administrator",
    "register_holders",
    "series_for",
    "standings",
    "withdraw_for",
]
