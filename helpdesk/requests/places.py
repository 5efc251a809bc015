"""For which agency or CoC a form is filled in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request

from core.authz import Principal, found
from core.people.models import Agency, CoC
from helpdesk.requests.permissions import Permission
from helpdesk.requests.rows import agencies_to_act_for, agency_to_act_for, cocs_to_act_for


@dataclass(frozen=True)
class Place:
    coc: CoC
    agency: Agency | None = None

    @property
    def name(self) -> str:
        return self.agency.name if self.agency else self.coc.name

    @property
    def tz(self) -> str:
        return self.agency.tz if self.agency else self.coc.tz

    @property
    def arguments(self) -> dict[str, int]:
        """What names it in an address."""
        return {"agency": self.agency.id} if self.agency else {"coc": self.coc.id}


def place_asked_for(principal: Principal, permission: Permission, *, cocs: bool) -> Place | None:
    """The one in the address, which must be the person's to act for; else their only one."""
    agency, coc = request.values.get("agency", ""), request.values.get("coc", "")
    if agency or (coc and cocs):
        return place_named(principal, permission, _number(agency), _number(coc))
    mine = places(principal, permission, cocs=cocs)
    return mine[0] if len(mine) == 1 else None


def place_named(
    principal: Principal, permission: Permission, agency_id: int | None, coc_id: int | None
) -> Place | None:
    """Raises NotFound for one that is not the person's to act for; none when none is named."""
    if agency_id is not None:
        return _of(agency_to_act_for(principal, permission, agency_id))
    if coc_id is not None:
        return Place(found(next((c for c in cocs_to_act_for(principal, permission) if c.id == coc_id), None)))
    return None


def _number(typed: str) -> int | None:
    return (int(typed[:18]) if typed.isdecimal() else 0) if typed else None


def places(principal: Principal, permission: Permission, text: str = "", *, cocs: bool) -> list[Place]:
    """Those with whole CoCs find an agency of them by its name."""
    above = [Place(coc) for coc in cocs_to_act_for(principal, permission)] if cocs else []
    if above and not text:
        return above
    return [_of(agency) for agency in agencies_to_act_for(principal, permission, text)]


def _of(agency: Agency) -> Place:
    return Place(agency.coc, agency)


def choose(principal: Principal, permission: Permission, title: str, endpoint: str, index: str, *, cocs: bool) -> str:
    """The page that asks for which place it is."""
    text = request.args.get("q", "")
    return render_template(
        "helpdesk/requests/choose.html",
        places=places(principal, permission, text, cocs=cocs),
        text=text,
        title=title,
        endpoint=endpoint,
        index=index,
        cocs=cocs,
    )
