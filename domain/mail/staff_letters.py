"""The e-mails to a merchant's people and to operators. As in letters.py: in the unit of work that makes it true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from domain.mail.catalogue import Template
from domain.mail.outbox import queue_mail
from domain.mail.quiet import by_day
from kit.calendar import local_day
from kit.clock import utc_now
from kit.ids import uuid7
from models.console import Brake, SavedView
from models.merchants import Membership, Role, Staff

FACTOR_ON, FACTOR_OFF, FACTOR_RESET = "factor_on", "factor_off", "factor_reset"
CODES_NEW, RECOVERY_CODE = "codes_new", "recovery_code"


def staff_password(staff: Staff) -> None:
    """The link with which a merchant's person or an operator sets a password (24 hours the first, 30 minutes later)."""
    link = uuid7()
    queue_mail(
        Template.STAFF_PASSWORD,
        merchant=None,
        to_address=staff.email,
        to_name=staff.name,
        facts={"link": str(link), "staff": str(staff.id), "version": str(staff.password_version)},
        dedup_key=f"{Template.STAFF_PASSWORD}:{link}",
    )


def staff_invited(staff: Staff, merchant: UUID, by: Staff) -> None:
    """Somebody was given a role at a merchant: who invited them, and the link that sets a password (24 hours).

    Whoever has a password already signs in with that.
    """
    link = uuid7()
    queue_mail(
        Template.STAFF_INVITED,
        merchant=merchant,
        to_address=staff.email,
        to_name=staff.name,
        facts={
            "link": str(link), "staff": str(staff.id), "version": str(staff.password_version), "by": str(by.id),
        },
        dedup_key=f"{Template.STAFF_INVITED}:{link}",
    )  # fmt: skip


def staff_security_change(staff: Staff, what: str) -> None:
    """Tells a merchant's person or an operator what changed about their way in.

    PASSWORD, PASSWORD_HERE, FACTOR_ON, FACTOR_OFF, FACTOR_RESET (by an owner), CODES_NEW, or RECOVERY_CODE (used).
    """
    queue_mail(
        Template.SECURITY_CHANGE,
        merchant=None,
        to_address=staff.email,
        to_name=staff.name,
        facts={"what": what, "at": utc_now().isoformat()},
        dedup_key=f"{Template.SECURITY_CHANGE}:{staff.id}:{what}:{uuid7()}",
    )


def saved_view(view: SavedView, *, at: datetime) -> None:
    """A merchant's person gets the figures of a named view, on Monday morning `at`; once a view and week."""
    week = f"{local_day(at, view.merchant.zone):%G-W%V}"
    queue_mail(
        Template.SAVED_VIEW,
        merchant=view.merchant_id,
        to_address=view.staff.email,
        to_name=view.staff.name,
        facts={"view": str(view.id)},
        dedup_key=f"{Template.SAVED_VIEW}:{view.id}:{week}",
        not_before=at,
    )


def brake_set(brake: Brake) -> None:
    """Tells the merchant's owners that automatic bank debits have stopped, and why."""
    owners = (
        Staff.select()
        .join(Membership)
        .where(
            (Membership.merchant == brake.merchant_id) & (Membership.role == Role.OWNER) & Staff.disabled_at.is_null()
        )
    )
    for owner in list(owners):
        queue_mail(
            Template.BRAKE_SET,
            merchant=brake.merchant_id,
            to_address=owner.email,
            to_name=owner.name,
            facts={"brake": str(brake.id)},
            dedup_key=f"{Template.BRAKE_SET}:{brake.id}:{owner.id}",
            not_before=by_day(utc_now(), brake.merchant.zone),
        )


def mail_test(staff: Staff, merchant: UUID, *, template: Template, locale: str) -> None:
    """A letter to customers as it would read, to the merchant's person who asks for it."""
    test = uuid7()
    queue_mail(
        Template.MAIL_TEST,
        merchant=merchant,
        to_address=staff.email,
        to_name=staff.name,
        facts={"template": str(template), "speak": locale},
        dedup_key=f"{Template.MAIL_TEST}:{test}",
    )


def digest(membership: Membership, day: date) -> None:
    """The list of today as a mail to one of the merchant's people: once on a local day."""
    queue_mail(
        Template.DIGEST,
        merchant=membership.merchant_id,
        to_address=membership.staff.email,
        to_name=membership.staff.name,
        facts={"membership": str(membership.id), "day": day.isoformat()},
        dedup_key=f"{Template.DIGEST}:{membership.id}:{day.isoformat()}",
    )


def alarm(operator: Staff, look: UUID, news: Mapping[str, Sequence[str]]) -> None:
    """What one look at the install has opened, cleared or found still open after a day: alarms' ids by what is new.

    Once a look and operator.
    """
    queue_mail(
        Template.ALARM,
        merchant=None,
        to_address=operator.email,
        to_name=operator.name,
        facts={what: " ".join(ids) for what, ids in news.items()},
        dedup_key=f"{Template.ALARM}:{look}:{operator.id}",
    )
