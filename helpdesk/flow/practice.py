"""What a help desk promises, as a document. Pure: no numbers of its own, since no manual sets any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.policy.values import SpanValue
from core.workcalendar import Span
from helpdesk.flow.rules import Desk, Promise, Target
from helpdesk.tickets.rules import Priority

MOST = 999
MOST_ATTEMPTS = 20
# What the service can keep: from the Lead's desk nothing goes to the vendor by itself, since it needs a message.
GRID = tuple(
    (desk, promise) for desk in Desk for promise in Promise if (desk, promise) != (Desk.LEAD, Promise.ESCALATION)
)
SAYS = {
    Promise.FIRST_ANSWER: "The first answer comes within {span}.",
    Promise.NEXT_ANSWER: "Each further answer comes within {span}.",
    Promise.RESOLUTION: "The request is settled within {span}.",
    Promise.ESCALATION: "What is not settled within {span} goes to the next tier by itself.",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Promised(_Strict):
    """How long one desk gives itself for one promise at one priority."""

    desk: Desk
    promise: Promise
    priority: Priority
    within: SpanValue


class Practice(_Strict):
    """`silence` closes a request by itself, once `attempts` were made; `vendor` is when the vendor is asked again.

    `gives` turns the automatic giving of requests to people on.
    """

    promises: tuple[Promised, ...] = ()
    silence: SpanValue | None = None
    attempts: Annotated[int, Field(ge=0, le=MOST_ATTEMPTS)] = 0
    vendor: SpanValue | None = None
    gives: bool = True

    @model_validator(mode="after")
    def _each_once(self) -> Practice:
        places = [(p.desk, p.promise, p.priority) for p in self.promises]
        if len(set(places)) < len(places):
            raise ValueError("expected each desk, promise and priority once")
        if any((p.desk, p.promise) not in GRID for p in self.promises):
            raise ValueError("expected no escalation from the Lead's desk, which asks the vendor itself")
        return self

    def span(self, desk: Desk, promise: Promise, priority: Priority) -> Span | None:
        places = {(p.desk, p.promise, p.priority): p.within for p in self.promises}
        return places.get((desk, promise, priority))

    def targets(self) -> Mapping[tuple[Desk, Promise, Priority], Target]:
        return {
            (p.desk, p.promise, p.priority): Target(p.within, SAYS[p.promise].format(span=p.within))
            for p in self.promises
        }
