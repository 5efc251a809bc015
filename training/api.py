"""What the packages above may use of training."""

from __future__ import annotations

from training.events import (
    AccessRefused,
    CompletionRevoked,
    CourseCompleted,
    PracticeCasePassed,
    SeriesBegun,
    SeriesCompleted,
    SeriesLapsed,
    TrainingCaughtUp,
    TrainingLapsed,
)
from training.holders import register_holders

__all__ = [
    "AccessRefused",
    "CompletionRevoked",
    "CourseCompleted",
    "PracticeCasePassed",
    "SeriesBegun",
    "SeriesCompleted",
    "SeriesLapsed",
    "TrainingCaughtUp",
    "TrainingLapsed",
    "register_holders",
]
