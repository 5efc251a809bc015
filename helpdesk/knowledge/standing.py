"""Where a person stands towards the knowledge base: whose articles they read, and where they write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from core.authz import LEAD_ROLES, Principal, RoleGrant
from core.db import db
from core.people.models import Agency, CoC, Lead, LeadStaff, Person
from core.policy import catalog, policy_for
from helpdesk.knowledge.models import Article
from helpdesk.knowledge.permissions import Permission
from helpdesk.knowledge.rules import OWN_KIND, Audience, Kinds, State, kinds_of


@dataclass(frozen=True)
class Homes:
    """Leads and communities where a person works; `whole` are Leads all of whose communities are theirs."""

    leads: frozenset[int] = frozenset()
    cocs: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()

    def where(self) -> ColumnElement[bool]:
        """Articles of these communities, and of the whole Leads that run them."""
        of_lead = and_(Article.lead_id.in_(self.leads), Article.coc_id.is_(None))
        return or_(Article.lead_id.in_(self.whole), of_lead, Article.coc_id.in_(self.cocs))


def homes_as_staff(principal: Principal) -> Homes:
    return _homes(g for g in principal.grants if g.role in LEAD_ROLES)


def homes(principal: Principal) -> Homes:
    """At their agencies, in what office they hold, and as Lead staff."""
    office = _homes(principal.grants)
    agency_ids = {g.agency_id for g in principal.grants if g.agency_id}
    if not agency_ids:
        return office
    rows = db.session.execute(select(Agency.lead_id, Agency.coc_id).where(Agency.id.in_(agency_ids))).all()
    return Homes(office.leads | {r.lead_id for r in rows}, office.cocs | {r.coc_id for r in rows}, office.whole)


def _homes(grants: Iterable[RoleGrant]) -> Homes:
    placed = [g for g in grants if g.lead_id and not g.agency_id]
    return Homes(
        leads=frozenset(g.lead_id for g in placed if g.lead_id),
        cocs=frozenset(g.coc_id for g in placed if g.coc_id),
        whole=frozenset(g.lead_id for g in placed if g.lead_id and not g.coc_id),
    )


def readable(principal: Principal | None) -> ColumnElement[bool]:
    """The articles that may answer this person's questions; nobody in particular (none) reads what is public."""
    published = Article.state == State.PUBLISHED
    if principal is None:
        return and_(published, Article.audience == Audience.PUBLIC)
    return and_(published, _for(principal))


def visible(principal: Principal) -> ColumnElement[bool]:
    """What has an address for this person: also what was retired, and for Lead staff every draft."""
    once = and_(Article.state == State.RETIRED, Article.published_at.is_not(None))
    theirs = and_(or_(Article.state == State.PUBLISHED, once), _for(principal))
    if not principal.can(Permission.STAFF):
        return theirs
    return or_(theirs, homes_as_staff(principal).where())


def _for(principal: Principal) -> ColumnElement[bool]:
    """For their kind of reader, where they work."""
    everybody = and_(homes(principal).where(), Article.audience != Audience.STAFF)
    if not principal.can(Permission.STAFF):
        return everybody
    return or_(everybody, homes_as_staff(principal).where())


def may_write(principal: Principal, article: Article) -> bool:
    return principal.can(Permission.WRITE, coc=article.coc, lead_id=article.lead_id)


def is_staff_of(principal: Principal, article: Article) -> bool:
    """Whether they are Lead staff where the article holds, and not only its readers."""
    staff = homes_as_staff(principal)
    of_lead = article.coc_id is None and article.lead_id in staff.leads
    at_home = article.lead_id in staff.whole or article.coc_id in staff.cocs or of_lead
    return at_home and principal.can(Permission.STAFF)


@dataclass(frozen=True)
class Place:
    """Where an article can hold: one community, or (`coc` none) all of a Lead's."""

    lead: Lead
    coc: CoC | None
    cocs: tuple[CoC, ...]

    @property
    def code(self) -> str:
        return f"coc-{self.coc.id}" if self.coc else f"lead-{self.lead.id}"

    @property
    def label(self) -> str:
        return self.coc.name if self.coc else f"All communities of {self.lead.name}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.coc.tz if self.coc else self.lead.tz)

    def kinds(self, at: datetime) -> Kinds:
        """What the manuals that hold here put into a knowledge base, today."""
        return kinds_of(policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date()) for coc in self.cocs)


def places_to_write(principal: Principal) -> list[Place]:
    """The whole Leads first, then the communities by name."""
    scope = principal.scope(Permission.WRITE)
    reach = or_(CoC.lead_id.in_(scope.lead_ids), CoC.id.in_(scope.coc_ids))
    cocs = db.session.scalars(select(CoC).where(reach).options(joinedload(CoC.lead)).order_by(CoC.name, CoC.id)).all()
    leads = {coc.lead_id: coc.lead for coc in cocs if coc.lead_id in scope.lead_ids}
    whole = [Place(lead, None, tuple(c for c in cocs if c.lead_id == lead.id)) for lead in leads.values()]
    return whole + [Place(coc.lead, coc, (coc,)) for coc in cocs]


def place_of(article: Article) -> Place:
    """Where the article holds."""
    if article.coc:
        return Place(article.lead, article.coc, (article.coc,))
    cocs = db.session.scalars(select(CoC).where(CoC.lead_id == article.lead_id).order_by(CoC.name, CoC.id))
    return Place(article.lead, None, tuple(cocs))


def kinds_at_home(principal: Principal, at: datetime) -> Kinds:
    """The kinds that the manuals of a person's communities name."""
    home = homes(principal)
    cocs = db.session.scalars(select(CoC).where(or_(CoC.id.in_(home.cocs), CoC.lead_id.in_(home.whole))))
    return kinds_of(policy_for(coc, at.astimezone(ZoneInfo(coc.tz)).date()) for coc in cocs)


def kind_words(at: datetime) -> dict[str, str]:
    """What each kind is called, whichever manual names it."""
    policies = (catalog.in_force(pack, at.date()) for pack in catalog.packs())
    return {**OWN_KIND, **kinds_of(policies).words}


def could_own(places: Sequence[Place], at: datetime) -> list[Person]:
    """The Lead staff who serve any of these places, by name."""
    leads = {place.lead.id for place in places}
    query = select(Person).join(LeadStaff, LeadStaff.person_id == Person.id)
    query = query.where(LeadStaff.lead_id.in_(leads), LeadStaff.started_on <= at.date(), still_serving(at))
    return list(db.session.scalars(query.distinct().order_by(Person.name, Person.id)))


def serves(person_id: int, place: Place, at: datetime) -> bool:
    """Whether somebody is Lead staff where the article holds."""
    query = select(LeadStaff.id).where(LeadStaff.person_id == person_id, LeadStaff.lead_id == place.lead.id)
    if place.coc:
        query = query.where(or_(LeadStaff.coc_id.is_(None), LeadStaff.coc_id == place.coc.id))
    return db.session.scalar(query.where(still_serving(at)).limit(1)) is not None


def still_serving(at: datetime) -> ColumnElement[bool]:
    return or_(LeadStaff.ended_at.is_(None), LeadStaff.ended_at > at)
