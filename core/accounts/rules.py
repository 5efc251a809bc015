"""Pure decisions: how long a sign-in lasts, when an account locks, what a person has to do before going on.

The pack of each community a person works for may bind the failed tries, the idle time and the number of sessions; the
strictest binds. Where no pack says anything, the values here hold. They are this service's own, after OWASP ASVS 5.0
(6.3.1, 7.3.1, 7.3.2), and no manual's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.policy import Policy
from core.policy.vocabulary import LimitName, SwitchName
from core.roles import LEAD_ROLES, Role

OWN_FAILURES = 10
OWN_IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
MINUTE = timedelta(minutes=1)
EASES_AFTER = timedelta(minutes=15)
CODE_STEP = 30  # seconds one code of a second factor is shown for
CODE_WINDOW = (0, -1, 1)  # steps of the phone's clock that are put up with

NEEDS_SECOND_FACTOR = LEAD_ROLES | {Role.AGENCY_ADMIN}


@dataclass(frozen=True)
class SignInRules:
    """`failures` wrong tries in a row lock; `by_time` locks ease by themselves; `cites` names the rules behind it."""

    failures: int = OWN_FAILURES
    by_time: bool = True
    idle: timedelta = OWN_IDLE
    single_session: bool = False
    cites: tuple[str, ...] = ()


def strictest(policies: Iterable[Policy]) -> SignInRules:
    """What binds a person who works under all of these packs."""
    policies = tuple(policies)
    failures = [p.limit(LimitName.FAILED_LOGONS) for p in policies if p.has(LimitName.FAILED_LOGONS)]
    idle = [p.limit(LimitName.IDLE_LOGOUT) for p in policies if p.has(LimitName.IDLE_LOGOUT)]
    single = [p.switch(SwitchName.SINGLE_SESSION) for p in policies if p.has(SwitchName.SINGLE_SESSION)]
    return SignInRules(
        failures=min((limit.number for limit in failures), default=OWN_FAILURES),
        by_time=not failures,
        idle=min((timedelta(minutes=limit.number) for limit in idle), default=OWN_IDLE),
        single_session=any(switch.on for switch in single),
        cites=tuple(sorted({value.rule for value in (*failures, *idle, *single)})),
    )


def locks_at(rules: SignInRules, failed: int) -> bool:
    return failed >= rules.failures


def locked_until(rules: SignInRules, roles: Collection[Role], at: datetime) -> datetime | None:
    """When a lock that begins at `at` eases; None: when an administrator lifts it.

    An administrator of the Lead's never waits for another: else a stranger could lock every one of them out.
    """
    return at + EASES_AFTER if rules.by_time or Role.LEAD_ADMIN in roles else None


def is_locked(locked_at: datetime | None, until: datetime | None, at: datetime) -> bool:
    return locked_at is not None and (until is None or at < until)


def may_be_idle(last_seen: datetime, at: datetime) -> bool:
    """Whether anybody's rules could call this idle: packs count whole minutes, so that nobody's are asked before."""
    return at - last_seen >= MINUTE


def is_idle(last_seen: datetime, rules: SignInRules, at: datetime) -> bool:
    """Signed out once the whole idle time has passed."""
    return at - last_seen >= rules.idle


def is_too_long(began: datetime, at: datetime) -> bool:
    return at - began >= LONGEST_SESSION


class Step(StrEnum):
    """What a person still has to do after the password; nothing else is open to them until then."""

    SECOND_FACTOR = "second-factor"
    ENROLMENT = "enrolment"
    NEW_PASSWORD = "new-password"  # noqa: S105 - a step, not a password


def next_step(*, roles: Collection[Role], enrolled: bool, proved: bool, must_change: bool) -> Step | None:
    """`enrolled`: there is a second factor; `proved`: this session has shown it."""
    if enrolled and not proved:
        return Step.SECOND_FACTOR
    if must_change:
        return Step.NEW_PASSWORD
    if not enrolled and NEEDS_SECOND_FACTOR & set(roles):
        return Step.ENROLMENT
    return None
