"""The payment methods page: each method with what it stands behind and what is, or soon will be, wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from babel.lists import format_list

from domain.methods.backing import Backs, backing, not_for_schedules, uses
from domain.methods.queries import Debit, MethodView, authorized_methods, debits_under_way, methods_of
from kit.clock import utc_now
from kit.i18n import _, current_locale
from models.methods import Consent, ConsentScope, MethodState


@dataclass(frozen=True)
class Listed:
    """One method. `uses` is what would miss it, in words; `warnings` what the customer should know or do."""

    method: MethodView
    backs: Backs
    uses: tuple[str, ...]
    warnings: tuple[str, ...]
    remark: str  # what is so, and no trouble
    debits: tuple[Debit, ...]
    authorized: bool


def listed(customer: UUID, *, today: date) -> list[Listed]:
    """The methods of a customer, the default first: seven queries, whatever their number. `today` at the merchant's."""
    stands, debits = backing(customer), debits_under_way(customer)
    agreed, told = authorized_methods(customer), not_for_schedules(customer)
    return [
        _one(method, stands.of(method.id), debits.get(method.id, []), method.id in agreed, method.id in told, today)
        for method in methods_of(customer)
    ]


def listed_one(customer: UUID, method: UUID, *, today: date) -> Listed | None:
    """One of them; None when it is not this customer's or was removed."""
    return next((each for each in listed(customer, today=today) if each.method.id == method), None)


def _one(  # noqa: PLR0917 - one row of a page
    method: MethodView, backs: Backs, debits: Sequence[Debit], authorized: bool, told: bool, today: date
) -> Listed:
    named = tuple(uses(backs, today))
    return Listed(
        method=method,
        backs=backs,
        uses=named,
        warnings=tuple(_warnings(method, named, told)),
        remark=method.note if method.fit and method.is_bank else "",
        debits=tuple(debits),
        authorized=authorized,
    )


def _warnings(method: MethodView, named: Sequence[str], told: bool) -> list[str]:
    found = []
    if named and (method.ends_soon or _is_over(method)):
        found.append(_of_its_end(method, named))
    elif method.note and not (method.fit and method.is_bank):
        found.append(method.note)
    if method.fit and (method.prepaid or told):
        found.append(_("A prepaid or single-use card: payments that repeat may fail with it."))
    return found


def _is_over(method: MethodView) -> bool:
    return method.expires is not None and method.expires <= utc_now().date() and method.state == MethodState.USABLE


def _of_its_end(method: MethodView, named: Sequence[str]) -> str:
    said = {"expiry": method.expiry, "uses": format_list(list(named), locale=current_locale())}
    if _is_over(method):
        return _("Expired %(expiry)s; it is used for %(uses)s") % said
    return _("Expires %(expiry)s; it is used for %(uses)s") % said


@dataclass(frozen=True)
class Agreement:
    """A consent that is live: what was agreed to, word by word, and when."""

    id: UUID
    text: str
    at: datetime
    backup: bool


def agreements(customer: UUID, method: UUID) -> list[Agreement]:
    """The live consents for charges by ourselves on one method, the latest first."""
    mine = (Consent.customer == customer) & (Consent.method == method) & Consent.revoked_at.is_null()
    mine &= Consent.scope != ConsentScope.ONCE  # it was for one payment
    rows = Consent.select().where(mine).order_by(Consent.shown_at.desc(), Consent.id.desc())
    return [Agreement(row.id, row.text, row.shown_at, row.scope == ConsentScope.BACKUP) for row in rows]
