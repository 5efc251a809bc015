"""The addresses of a Lead's help desk beside its main one: kept by the Lead's administrators."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import formataddr

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from core.audit import record
from core.authz import Principal, found
from core.db import db, savepoint
from core.errors import Forbidden, Invalid
from core.people.addresses import usable
from core.people.models import CoC, Lead
from core.search import Hit, like, provider
from core.text import one_line
from helpdesk.mail.models import SupportAddress
from helpdesk.mail.permissions import Permission
from helpdesk.mail.tokens import without_token
from helpdesk.tickets.rules import Category

LONGEST_NAME = 100
LONGEST_SENDER = 300  # both, as a mail spells them: signs beyond ASCII take several times their number
LONGEST_ADDRESS = 200  # a token is put into it, and the whole must stay an address


@dataclass(frozen=True)
class Line:
    """What an administrator says of an address."""

    address: str
    name: str
    category: Category
    coc_id: int | None
    is_active: bool = True


def of(principal: Principal) -> Select[SupportAddress]:
    """Those this person keeps."""
    scope = principal.scope(Permission.ADDRESSES)
    return select(SupportAddress).where(SupportAddress.lead_id.in_(scope.lead_ids))


def lead_of(principal: Principal) -> Lead:
    scope = principal.scope(Permission.ADDRESSES)
    lead: Lead = found(db.session.scalar(select(Lead).where(Lead.id.in_(scope.lead_ids)).order_by(Lead.id).limit(1)))
    return lead


def visible(principal: Principal, address_id: int, *, lock: bool = False) -> SupportAddress:
    query = of(principal).where(SupportAddress.id == address_id).options(joinedload(SupportAddress.lead))
    row: SupportAddress = found(db.session.scalar(query.with_for_update(of=SupportAddress) if lock else query))
    return row


def cocs_of(lead_id: int) -> list[CoC]:
    return list(db.session.scalars(select(CoC).where(CoC.lead_id == lead_id).order_by(CoC.code)))


def add(lead: Lead, line: Line, by: Principal, at: datetime) -> SupportAddress:
    """A new one; the very same sent twice is one. Raises Invalid for an address that is somebody's already."""
    line = _checked(lead, line, by)
    values = {**asdict(line), "lead_id": lead.id, "kept_at": at, "kept_by_id": by.person_id}
    made = insert(SupportAddress).values(values).on_conflict_do_nothing().returning(SupportAddress)
    if (row := db.session.scalar(made)) is not None:
        record("mail.address-added", row, data=asdict(line))
        return row
    same = db.session.scalar(select(SupportAddress).where(func.lower(SupportAddress.address) == line.address.lower()))
    if same is None or same.lead_id != lead.id or _line_of(same) != line:
        raise _taken()
    return same


def change(row: SupportAddress, line: Line, by: Principal, at: datetime) -> None:
    """What is asked there from now on follows; what was asked before keeps its category."""
    line, before = _checked(row.lead, line, by), _line_of(row)
    if line == before:
        return
    try:
        with savepoint():
            for field, value in asdict(line).items():
                setattr(row, field, value)
            row.kept_at, row.kept_by_id = at, by.person_id
            db.session.flush()
    except IntegrityError:
        raise _taken() from None
    record("mail.address-changed", row, data={"before": asdict(before), "after": asdict(line)})


def _line_of(row: SupportAddress) -> Line:
    return Line(row.address, row.name, row.category, row.coc_id, row.is_active)


def _checked(lead: Lead, line: Line, by: Principal) -> Line:
    """As it is kept. Raises Invalid for what is no address of the Lead's own, or another's."""
    if not by.can(Permission.ADDRESSES, lead_id=lead.id):
        raise Forbidden("Only an administrator of this HMIS Lead keeps its addresses.")
    address, name = usable(without_token(line.address), "address"), one_line(line.name)
    if len(address) > LONGEST_ADDRESS:
        raise Invalid(f"Use an address of at most {LONGEST_ADDRESS} characters.", field="address")
    if not name:
        raise Invalid("Say what people see as the sender.", field="name")
    if len(formataddr((name, address))) > LONGEST_SENDER:
        raise Invalid("Together with its address this name is too long for a mail.", "Use a shorter one.", field="name")
    if address.lower() == lead.vendor_address.lower():
        raise Invalid("This is the vendor's address, and mail to it is not the help desk's.", field="address")
    others = select(Lead.id).where(func.lower(Lead.support_address) == address.lower(), Lead.id != lead.id)
    if db.session.scalar(others.limit(1)):
        raise _taken()
    if line.coc_id is not None and line.coc_id not in {coc.id for coc in cocs_of(lead.id)}:
        raise Invalid("Choose one of the HMIS Lead's CoCs.", field="coc")
    return Line(address, name[:LONGEST_NAME], line.category, line.coc_id, line.is_active)


@provider("Support addresses")
def find(principal: Principal, text: str, limit: int) -> list[Hit]:
    """By the beginning of the address or of its name."""
    if not principal.can(Permission.ADDRESSES):
        return []
    begins = like(text)
    query = of(principal).where(
        func.lower(SupportAddress.address).like(begins) | func.lower(SupportAddress.name).like(begins)
    )
    rows = db.session.scalars(query.order_by(SupportAddress.address, SupportAddress.id).limit(limit))
    return [Hit(row.address, f"/mail/addresses/{row.id}", "Support addresses", row.name) for row in rows]


def _taken() -> Invalid:
    return Invalid("This address is in use already.", "Change that one, or choose another.", field="address")
