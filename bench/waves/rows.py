"""Due retries by the thousand, written straight into the store: what a bad month leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.methods.consent import TEXT_VERSION
from kit import crypto
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.ids import uuid7
from models.base import Row, unit_of_work
from models.bulk import rows_for
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import CardUse, Consent, ConsentScope, PaymentMethod
from models.orders import Collect, Order, OrderSource
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    Recovery,
)

AMOUNT = 8900
_COMMIT = 500


def put(model: type[Row], rows: list[dict[str, Any]]) -> None:
    """Inserts rows, five hundred a commit; what a row does not say is the column's default."""
    for at in range(0, len(rows), _COMMIT):
        part = [{**_defaults(model), **row} for row in rows[at : at + _COMMIT]]
        ready = rows_for(model, tuple(part[0]), [tuple(row.values()) for row in part])
        with unit_of_work():
            ready.insert()


def _defaults(model: type[Row]) -> dict[str, Any]:
    fields = model._meta.sorted_fields
    return {field.name: None if callable(field.default) else field.default for field in fields if field.name != "id"}


def merchant(rate: int = 100_000) -> GatewayAccount:
    """A merchant with a processor account that may be charged as fast as it goes."""
    key, now = uuid7().hex, utc_now()
    with unit_of_work():
        owner = Merchant.create(slug=f"bench-{key}", name="Bench", currency="USD", country="US",
                                zone="America/New_York", created_at=now)  # fmt: skip
        return GatewayAccount.create(
            merchant=owner, livemode=False, external_id=f"acct_{key}", secret=crypto.encrypt(f"sk_test_{key}"),
            path_token=key, charges_a_second=rate, created_at=now,
        )  # fmt: skip


def cards(gateway: Any, count: int) -> tuple[str, list[str]]:
    """A customer at the sandbox with so many cards; its id and theirs."""
    deadline = Deadline.within(3600)
    customer = gateway.create_customer(
        key=str(uuid7()), name="Bench", email="b@example.com", reference="b", deadline=deadline
    )
    attach = gateway._client.v1.payment_methods.attach
    return customer, [attach("pm_card_visa", {"customer": customer}).id for _n in range(count)]


def due_retries(account: GatewayAccount, payer: str, tokens: list[str]) -> list[UUID]:
    """One customer, order, failed payment and due try for each card; the tries' ids."""
    tags, ids = {"merchant": account.merchant_id, "created_at": utc_now() - timedelta(days=30)}, _ids(len(tokens))
    put(Customer, [{"id": n["customer"], "name": "Alex", "email": f"{n['customer'].hex}@example.com", **tags}
                   for n in ids])  # fmt: skip
    put(PaymentMethod, [_method(n, account, payer, token) for n, token in zip(ids, tokens, strict=True)])
    put(Consent, [{"customer": n["customer"], "method": n["method"], "scope": ConsentScope.ALL_DUE, "text": "I allow",
                   "text_version": TEXT_VERSION, "shown_at": tags["created_at"]} for n in ids])  # fmt: skip
    put(CardUse, [{"gateway_account": account.id, "fingerprint": n["method"].hex} for n in ids])
    tries(account, ids)
    return [n["try"] for n in ids]


def _ids(count: int) -> list[dict[str, UUID]]:
    names = ("customer", "method", "order", "payment", "attempt", "recovery", "try")
    return [{name: uuid7() for name in names} for _n in range(count)]


def _method(n: dict[str, UUID], account: GatewayAccount, payer: str, token: str) -> dict[str, Any]:
    return {
        "id": n["method"], "customer": n["customer"], "gateway_account": account.id, "gateway_ref": token,
        "gateway_customer": payer, "kind": "card", "brand": "visa", "last4": "4242", "fingerprint": n["method"].hex,
        "created_at": utc_now(),
    }  # fmt: skip


def tries(account: GatewayAccount, ids: list[dict[str, UUID]]) -> None:
    """Orders whose payment failed three days ago and whose next try is due."""
    now, failed = utc_now(), utc_now() - timedelta(days=3)
    own: dict[str, Any] = {"merchant": account.merchant_id, "currency": "USD"}
    asked: dict[str, Any] = {"gateway_account": account.id, "amount": AMOUNT, "currency": "USD", "closed_at": failed}
    put(Order, [{"id": n["order"], "customer": n["customer"], "number": n["order"].hex, "title": "Membership",
                 "total": AMOUNT, "open": AMOUNT, "due_on": failed.date(), "placed_at": failed, "method": n["method"],
                 "collect": Collect.AUTOMATIC, "source": OrderSource.INVOICE, "created_at": failed, **own}
                for n in ids])  # fmt: skip
    failures = list({n["attempt"]: n for n in ids}.values())  # of rows that are only handed out: one for all
    put(Payment, [{"id": n["payment"], "customer": n["customer"], "method": n["method"], "origin": Origin.AUTOMATIC,
                   "state": PaymentState.FAILED, "created_at": failed, **own, **asked}
                  for n in failures])  # fmt: skip
    put(Allocation, [{"payment": n["payment"], "order": n["order"], "amount": AMOUNT} for n in failures])
    put(Attempt, [{"id": n["attempt"], "payment": n["payment"], "method": n["method"], "state": AttemptState.FAILED,
                   "fingerprint": n["method"].hex, "off_session": True, "reserved_at": failed, "state_since": failed,
                   "decline_code": "insufficient_funds", "gateway_ref": n["attempt"].hex, **asked}
                  for n in failures])  # fmt: skip
    put(Recovery, [{"id": n["recovery"], "customer": n["customer"], "order": n["order"], "attempt": n["attempt"],
                    "amount": AMOUNT, "reason": "insufficient_funds", "opened_at": failed, **own}
                   for n in ids])  # fmt: skip
    put(PlannedTry, [{"id": n["try"], "merchant": account.merchant_id, "recovery": n["recovery"], "n": 1,
                      "due_at": now - timedelta(minutes=1), "method": n["method"], "slots": "[]", "probability": "1",
                      "reason": "bench", "created_at": failed} for n in ids])  # fmt: skip


def tries_only(account: GatewayAccount, count: int) -> None:
    """As `due_retries`, but all of one customer and one card: enough to be found, claimed and handed out."""
    first = _ids(1)[0]
    put(Customer, [{"id": first["customer"], "merchant": account.merchant_id, "name": "Alex",
                    "email": f"{first['customer'].hex}@example.com", "created_at": utc_now()}])  # fmt: skip
    put(PaymentMethod, [_method(first, account, "cus_bench", f"pm_{first['method'].hex}")])
    shared = {"customer": first["customer"], "method": first["method"]}
    for part in range(0, count, 5000):
        common = {**shared, "payment": uuid7(), "attempt": uuid7()}
        tries(account, [{**n, **common} for n in _ids(min(5000, count - part))])
