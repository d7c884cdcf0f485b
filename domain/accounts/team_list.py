"""Reads of a merchant's team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import fn

from domain.accounts.viewer import Role
from models.customers import Session
from models.merchants import Membership, Staff


@dataclass(frozen=True)
class Member:
    """One of a merchant's people. `invited_at` is set while an invitation waits."""

    id: UUID
    staff_id: UUID
    name: str
    email: str
    role: Role
    second_factor: bool
    signed_in_at: datetime | None
    invited_at: datetime | None


def team_of(merchant_id: UUID) -> list[Member]:
    """Everybody who works there: owners first, then by name."""
    rows = _asked().where(Membership.merchant == merchant_id)
    rank = {Role.OWNER: 0, Role.MANAGER: 1, Role.VIEWER: 2}
    return sorted((_read(row) for row in rows), key=lambda one: (rank[one.role], one.name.casefold(), str(one.id)))


def member_of(merchant_id: UUID, member: UUID) -> Member | None:
    """One of them, or None when nobody here has that id."""
    row = _asked().where(Membership.merchant == merchant_id, Membership.id == member).first()
    return _read(row) if row else None


def _asked() -> Any:
    latest = Session.select(fn.MAX(Session.created_at)).where(Session.staff == Staff.id, Session.pending == False)  # noqa: E712
    return Membership.select(Membership, Staff, latest.alias("latest")).join(Staff)


def _read(row: Membership) -> Member:
    person = row.staff
    latest = getattr(row, "latest", None) or getattr(person, "latest", None)
    return Member(
        id=row.id,
        staff_id=person.id,
        name=person.name,
        email=person.email,
        role=row.role,
        second_factor=person.totp_since is not None,
        signed_in_at=Session.created_at.python_value(latest) if isinstance(latest, str) else latest,
        invited_at=row.created_at if person.password_hash is None else None,
    )
