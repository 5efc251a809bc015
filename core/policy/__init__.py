"""Policy as data: a community's manual as a typed, cited, dated pack that answers with its reasons."""

from core.policy.engine import Decision, Policy
from core.policy.errors import NotInForce, NotInPack, PolicyError, Problem, UnknownName
from core.policy.packs import Catalog, catalog, policy_for

__all__ = [
    "Catalog",
    "Decision",
    "NotInForce",
    "NotInPack",
    "Policy",
    "PolicyError",
    "Problem",
    "UnknownName",
    "catalog",
    "policy_for",
]
