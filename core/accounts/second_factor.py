"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Select, delete, func, select

from core.accounts import sessions
from core.accounts.models import Account, EndReason, LoginSession, RecoveryCode
from core.accounts.rules import CODE_STEP, CODE_WINDOW
from core.accounts.sealing import bound_to, seal, unseal
from core.accounts.trail import tell_as_owner, warn
from core.db import db
from core.errors import Invalid

ISSUER = "Hearthdesk"
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else; 10 of them are 49 bits
# Two tries of all ten codes have to fit into a second; a code is random, so the lighter setting of OWASP's is enough.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def offered_secret(session_token: str) -> str:
    """The secret a session is offered at enrolment: it follows from the session, so that showing it writes nothing."""
    raw = bytes.fromhex(bound_to(session_token, "enrolment"))[:20]
    return base64.b32encode(raw).decode()


def address_of(secret: str, email: str) -> str:
    """What the QR code says: the otpauth address an authenticator app understands."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(address: str) -> str:
    """The QR code as a data address for an image."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def step_shown(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is; None when it is none of those around `at`."""
    totp = pyotp.TOTP(secret, interval=CODE_STEP)
    now = int(at.timestamp()) // CODE_STEP
    given = "".join(code.split())
    for offset in CODE_WINDOW:
        if hmac.compare_digest(totp.generate_otp(now + offset).encode(), given.encode()):
            return now + offset
    return None


def enrol(account: Account, row: LoginSession, secret: str, code: str, at: datetime) -> list[str]:
    """Confirm the offered secret with a code of it; returns new recovery codes. Every other session ends."""
    step = step_shown(secret, code, at)
    if step is None:
        raise Invalid(
            "That is not the code the app shows now.", "Check that the phone sets its clock by itself.", "code"
        )
    account.totp_secret = seal(secret)
    account.totp_confirmed_at = row.second_factor_at = at
    account.last_totp_step = step
    sessions.end_all(account.id, EndReason.SECOND_FACTOR_CHANGED, at, keep=row.id)
    tell_as_owner("account.second-factor-enrolled", account)
    warn(account, "A second factor was set up for your sign-in.")
    return renew_recovery_codes(account)


def accept(account: Account, code: str, at: datetime) -> bool:
    """Whether it proves the second factor; figures are a code of the app, anything else a recovery code."""
    figures = "".join(code.split())
    by_app = figures.isascii() and figures.isdigit()
    return accept_code(account, code, at) if by_app else accept_recovery_code(account, code, at)


def accept_code(account: Account, code: str, at: datetime) -> bool:
    """Whether the code is right and newer than every code accepted before."""
    if account.totp_secret is None:
        return False
    step = step_shown(unseal(account.totp_secret), code, at)
    if step is None or step <= account.last_totp_step:
        return False
    account.last_totp_step = step
    db.session.flush()
    return True


def accept_recovery_code(account: Account, code: str, at: datetime) -> bool:
    """Whether the code is one of the person's that was not used; now it is."""
    given = _bare(code)
    for row in db.session.scalars(_unused(account.id).with_for_update()):
        if _is(given, row.code_hash):
            row.used_at = at
            db.session.flush()
            left = recovery_codes_left(account.id)
            tell_as_owner("account.recovery-code-used", account, left=left)
            warn(account, f"A recovery code was used to sign in. You have {left} left.")
            return True
    return False


def renew_recovery_codes(account: Account) -> list[str]:
    """Ten new codes, told once; the ones before are void."""
    codes = [_new_code() for _ in range(CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    db.session.add_all(RecoveryCode(account_id=account.id, code_hash=_hasher.hash(_bare(code))) for code in codes)
    db.session.flush()
    tell_as_owner("account.recovery-codes-made", account)
    return codes


def recovery_codes_left(account_id: int) -> int:
    left = select(func.count()).select_from(_unused(account_id).subquery())
    return db.session.scalar(left) or 0


def remove(account: Account, at: datetime) -> None:
    """Forget the second factor; where one is needed, the next sign-in starts with setting up another."""
    drop(account)
    sessions.end_all(account.id, EndReason.SECOND_FACTOR_CHANGED, at)
    warn(account, "The second factor of your sign-in was removed by an administrator.")


def drop(account: Account) -> None:
    account.totp_secret = account.totp_confirmed_at = None
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _unused(account_id: int) -> Select[RecoveryCode]:
    return select(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _bare(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum())


def _is(given: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, given)
    except VerificationError:
        return False
