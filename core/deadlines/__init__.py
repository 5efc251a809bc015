"""Deadlines are rows: written with what caused them, fired once, each with its reason.

`due_at` is the last instant still on time, in whole seconds. A kind that *acts* fires at `due_at`; a
kind that says something was *missed* fires one second later.
"""

from core.deadlines.kinds import Fires, Kind, kind_named, register_kind
from core.deadlines.models import Deadline, State
from core.deadlines.services import cancel, deadlines_of, meet, meet_all, open_deadline, open_deadlines, pause, resume
from core.deadlines.sweep import fire_due, moved_by, recompute_for_closures

__all__ = [
    "Deadline",
    "Fires",
    "Kind",
    "State",
    "cancel",
    "deadlines_of",
    "fire_due",
    "kind_named",
    "meet",
    "meet_all",
    "moved_by",
    "open_deadline",
    "open_deadlines",
    "pause",
    "recompute_for_closures",
    "register_kind",
    "resume",
]
