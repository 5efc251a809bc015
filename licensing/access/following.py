"""What follows from the end of a license in other rooms: what rests on it, waits for it or is owed for it.

Each room names here how to see that it has something to do, so that all of them are asked in one question, and then
what it does. It decides again itself: the question only saves asking in vain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Select, bindparam, select

from core.db import Base, db, reading
from licensing.access.models import License
from licensing.events import LicenseEnded

Deed = Callable[[LicenseEnded], None]


@dataclass(frozen=True, eq=False)
class Follower:
    question: Select[Any]
    models: tuple[type[Base], ...]
    deed: Deed


_followers: list[Follower] = []


def follows(question: Select[Any], *models: type[Base]) -> Callable[[Deed], Deed]:
    """Decorator: called for a license that ends where `question` finds something.

    It is correlated with the License of the row around it. `models` are those of whose rows one may be in question that
    the unit of work under way has changed and not yet sent.
    """

    def register(deed: Deed) -> Deed:
        _followers.append(Follower(question, models, deed))
        return deed

    return register


def follow(event: LicenseEnded) -> None:
    """Let everybody do what there is to do, in the order of the rooms."""
    if not _followers:
        return
    question, models = _all_in_one(tuple(_followers))
    with reading(*models):
        told = db.session.execute(question, {"license_id": event.license_id}).one()
    for follower, is_there in zip(tuple(_followers), told, strict=True):
        if is_there:
            follower.deed(event)


@lru_cache(maxsize=1)
def _all_in_one(followers: tuple[Follower, ...]) -> tuple[Executable, frozenset[type[Base]]]:
    asked = (follower.question.correlate(License).exists() for follower in followers)
    question: Executable = select(*asked).select_from(License).where(License.id == bindparam("license_id"))
    return question, frozenset(model for follower in followers for model in follower.models)
