"""The addresses that letters lead to. Always the configured PUBLIC_URL, never a request's host."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from kit.config import settings


def portal(slug: str) -> str:
    """The account home: *Manage my account*."""
    return f"{settings().public_url}/p/{slug}"


def methods(slug: str) -> str:
    """The payment methods page."""
    return f"{portal(slug)}/methods"


def create_account(slug: str) -> str:
    """Where an account is made."""
    return f"{portal(slug)}/create-account"


def confirm(slug: str, token: str) -> str:
    """Where a mailbox is confirmed and the first password set."""
    return f"{portal(slug)}/confirm/{token}"


def reset(slug: str, token: str) -> str:
    """Where a new password is set."""
    return f"{portal(slug)}/reset/{token}"


def sign_in_link(slug: str, token: str, back: str) -> str:
    """Where a mailed link signs in; `back` is the page that was wanted, or ""."""
    return f"{portal(slug)}/link/{token}" + ("?" + urlencode({"next": back}, safe="/") if back else "")


def security(slug: str) -> str:
    """Sign-in and security: the password, and where one is signed in."""
    return f"{portal(slug)}/security"


def schedule(slug: str, schedule_id: UUID) -> str:
    """A recurring plan: what comes, what was billed."""
    return f"{portal(slug)}/schedules/{schedule_id}"


def details(slug: str) -> str:
    """The customer's name, addresses and phone."""
    return f"{portal(slug)}/details"


def new_email(slug: str, token: str) -> str:
    """Where a new mailbox is proved, signed in."""
    return f"{portal(slug)}/new-email/{token}"


def forgot(slug: str) -> str:
    """Where a reset link is asked for."""
    return f"{portal(slug)}/forgot"


def fix_it(slug: str, token: str) -> str:
    """Where one order is paid without signing in."""
    return f"{portal(slug)}/fix/{token}"


def staff_password(token: str) -> str:
    """Where a merchant's person or an operator sets a password."""
    return f"{settings().public_url}/merchant/set-password/{token}"


def console(slug: str) -> str:
    """Where a merchant's people work."""
    return f"{settings().public_url}/merchant/{slug}"


def staff_forgot() -> str:
    """Where they ask for that link."""
    return f"{settings().public_url}/merchant/forgot"


def board(slug: str, board: str, query: str) -> str:
    """A merchant's dashboard with its filters."""
    return f"{settings().public_url}/merchant/{slug}/{board}" + (f"?{query}" if query else "")


def desk(slug: str) -> str:
    """The merchant's list of today."""
    return f"{settings().public_url}/merchant/{slug}"


def digest_hour(slug: str) -> str:
    """Where a merchant's person chooses the hour of the digest, or none."""
    return f"{desk(slug)}/settings/digest"
