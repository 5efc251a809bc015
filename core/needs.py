"""What one package asks of another that is below it: news that a lower package may take up, or leave.

A lower package never imports a higher one, so what is asked stands here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TrainingNeeded:
    """The help desk proposes a training session (HUD-HD-8). `links` are pages with the ground for it."""

    proposal_id: int
    lead_id: int
    title: str
    reason: str
    links: Sequence[str]


@dataclass(frozen=True)
class TrainingTaken:
    """Whoever plans the training has taken the proposal up: a session is planned, or they said why not."""

    proposal_id: int
    at: datetime
