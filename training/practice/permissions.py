from enum import StrEnum

from core.authz import Role, grant


class Permission(StrEnum):
    """SEE is following how people get on; QUEUE is seeing what waits for review; REVIEW is reviewing and giving cases;
    KEEP is writing cases with their answer keys; DECIDE is the Lead's refusal; SIT is the committee's decision."""

    SEE = "practice-cases.see"
    QUEUE = "practice-cases.queue"
    REVIEW = "practice-cases.review"
    KEEP = "practice-cases.keep"
    DECIDE = "practice-cases.decide"
    SIT = "practice-cases.sit"


P = Permission
for role in (Role.AGENCY_ADMIN, Role.REPRESENTATIVE):
    grant(role, {P.SEE})
grant(Role.LEAD_AGENT, {P.SEE, P.QUEUE})
grant(Role.LEAD_TRAINER, {P.SEE, P.QUEUE, P.REVIEW, P.KEEP})
for role in (Role.LEAD_MANAGER, Role.LEAD_ADMIN):
    grant(role, {P.SEE, P.QUEUE, P.REVIEW, P.KEEP, P.DECIDE})
# The committee's members hold a seat and often no other role: the seat is looked at beside this (MO-TR-7).
grant(Role.OFFICER, {P.SIT})
