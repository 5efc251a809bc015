"""What a help desk promises, as a document. Pure: no numbers of its own, since no manual sets any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.policy.values import SpanValue
from core.workcalendar import Span
from helpdesk.elevation.rules import NAMES, Body
from helpdesk.flow.rules import Desk, Promise, Target
from helpdesk.tickets.rules import Priority

MOST = 999
MOST_ATTEMPTS = 20
GRID = tuple((desk, promise) for desk in Desk for promise in Promise)
SAYS = {
    Promise.FIRST_ANSWER: "The first answer comes within {span}.",
    Promise.NEXT_ANSWER: "Each further answer comes within {span}.",
    Promise.RESOLUTION: "The request is settled within {span}.",
    Promise.ESCALATION: "What is not settled within {span} goes to the next tier by itself.",
}
# From the Lead nothing goes to the vendor by itself, since that needs a message: it goes above the Lead (HUD-HD-2).
ABOVE_THE_LEAD = "What is not settled within {span} goes to {body} by itself."


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

    `gives` turns the automatic giving of requests to people on; `elevates_to` is who gets what the Lead's own
    escalation sends up.
    """

    promises: tuple[Promised, ...] = ()
    silence: SpanValue | None = None
    attempts: Annotated[int, Field(ge=0, le=MOST_ATTEMPTS)] = 0
    vendor: SpanValue | None = None
    gives: bool = True
    elevates_to: Body = Body.COMMITTEE

    @model_validator(mode="after")
    def _each_once(self) -> Practice:
        places = [(p.desk, p.promise, p.priority) for p in self.promises]
        if len(set(places)) < len(places):
            raise ValueError("expected each desk, promise and priority once")
        return self

    def span(self, desk: Desk, promise: Promise, priority: Priority) -> Span | None:
        places = {(p.desk, p.promise, p.priority): p.within for p in self.promises}
        return places.get((desk, promise, priority))

    def targets(self) -> Mapping[tuple[Desk, Promise, Priority], Target]:
        return {(p.desk, p.promise, p.priority): Target(p.within, self._says(p)) for p in self.promises}

    def _says(self, p: Promised) -> str:
        if (p.desk, p.promise) == (Desk.LEAD, Promise.ESCALATION):
            return ABOVE_THE_LEAD.format(span=p.within, body=NAMES[self.elevates_to])
        return SAYS[p.promise].format(span=p.within)
