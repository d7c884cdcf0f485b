"""Every address of the console, made from the route table and the views: nothing here is a list of pages.

As tests/every_page.py does for customers. A new page is found by itself; where its address has a variable, `SAMPLES`
must know an id for it (tests/console/test_roles.py tells what is missing).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from dashboard import cookies, routes
from dashboard.door import door_of
from domain.accounts import see_as, sessions
from domain.accounts.viewer import Audience, Role
from domain.imports.upload import keep_part, receive
from domain.imports.what import What
from domain.payments import intention
from domain.payments.collect import collect_due
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from kit.calendar import local_day
from kit.clock import Stopped, utc_now
from models.base import unit_of_work
from models.console import Brake, DuplicatePair, Merge, Note, SavedView
from models.customers import ChangeState, ContactChange, ContactKind, Customer
from models.merchants import Membership, Merchant, Staff
from models.methods import BillingSchedule
from models.payments import Dispute, DisputeKind, Payment
from models.work import Event
from tests import factory

_VARIABLE = re.compile(r"<(?:[^:<>]+?(?:\([^)]*\))?:)?([a-z_]+)>")

# A value for a variable: an id of the desk's life by its name, or a plain word where the address chooses among words.
SAMPLES: dict[str, str] = {
    "slug": "slug",
    "customer_id": "customer",
    "order_id": "order",
    "payment_id": "payment",
    "schedule_id": "schedule",
    "method_id": "method",
    "member_id": "member",
    "account_id": "account",
    "change_id": "change",
    "run_id": "run",
    "view_id": "view of owner",
    "brake_id": "brake",
    "merge_id": "merge",
    "dispute_id": "dispute",
    "kept": "customer",
    "gone": "twin",
    "subject": "failed",
    "/merchant/<slug>/payments/<uuid:payment_id>/disputes/<uuid:dispute_id>/<any(reopen, write_off):how>": "payment",
}
WORDS = {"kind": "csv", "template": "receipt", "how": "reopen", "move": "take"}
WORDS_OF = {"/merchant/<slug>/today/<kind>/<uuid:subject>/<move>": {"kind": "failed"}}


@dataclass
class Desk:
    """One merchant with one of everything, each text of it with `mark` inside, and its people."""

    merchant: Merchant
    mark: str
    ids: dict[str, str] = field(default_factory=dict)
    people: dict[str, Staff] = field(default_factory=dict)  # owner, manager, viewer


@dataclass(frozen=True)
class Address:
    """A rule of the console and how it may be asked."""

    rule: str
    method: str
    needs: Role
    dash: bool
    variables: tuple[str, ...]  # without the slug

    @property
    def ids(self) -> tuple[str, ...]:
        """The variables that stand for rows of ours."""
        return tuple(name for name in self.variables if name in SAMPLES)

    def of(self, desk: Desk, person: str = "owner", **others: str) -> str:
        """The address with that desk's ids, as that person has them, but for what `others` says."""
        others = {"view_id": desk.ids[f"view of {person}"], **others}
        return _VARIABLE.sub(
            lambda found: others.get(found.group(1)) or value(self.rule, found.group(1), desk), self.rule
        )


def value(rule: str, name: str, desk: Desk) -> str:
    """What stands for a variable of a rule."""
    if name in SAMPLES:
        return desk.ids[SAMPLES[name]]
    return WORDS_OF.get(rule, {}).get(name, WORDS[name])


def addresses(server: Flask) -> list[Address]:
    """Every GET and POST for a merchant's people, as the route table and the doors declare them."""
    found = [_address(row.path, "GET", row.role, True) for row in routes.rows() if row.audience is Audience.STAFF]
    for rule in server.url_map.iter_rules():
        door = door_of(server.view_functions[rule.endpoint])
        if door and door.audience is Audience.STAFF:
            methods = sorted({"GET", "POST"} & set(rule.methods or ()))
            found += [_address(rule.rule, method, door.needs(method), False) for method in methods]
    return sorted(found, key=lambda each: (each.rule, each.method))


def _address(rule: str, method: str, needs: Role, dash: bool) -> Address:
    return Address(rule, method, needs, dash, tuple(name for name in _VARIABLE.findall(rule) if name != "slug"))


def unknown(server: Flask) -> list[str]:
    """What somebody who adds a page has to add here, in words."""
    return [
        f"{each.rule}: no sample for <{name}>. Add it to SAMPLES in tests/every_desk.py and the id to desk(),"
        " or to WORDS when it chooses among words."
        for each in addresses(server)
        for name in each.variables
        if name not in SAMPLES and name not in WORDS
    ]


def browser(server: Flask, person: Staff | None, look_at: Desk | None = None) -> FlaskClient:
    """A browser of that person; with `look_at` one in which the portal is open as its customer sees it."""
    client = server.test_client()
    if person is None:
        return client
    with unit_of_work():
        token = sessions.open_session(staff=person.id)
    client.set_cookie(cookies.name_of(Audience.STAFF), token)
    if look_at is not None:
        viewer = sessions.load(token, audience=Audience.STAFF, now=utc_now(), slug=look_at.merchant.slug)
        assert viewer is not None
        if viewer.may(Role.MANAGER):
            see_as.begin(viewer=viewer, customer=Customer.get_by_id(look_at.ids["customer"]).id)
    return client


def desk(slug: str, mark: str, clock: Stopped) -> Desk:
    """A merchant with one of everything. Needs the fixtures `sandbox`, a store and `clock`."""
    house = factory.merchant(slug, name=f"{mark} House", contact_email=f"{mark.lower()}@example.com")
    made = Desk(house, mark, {"slug": slug})
    for role in Role:
        person = factory.staff(of=house, role=role)
        Staff.update(name=f"{mark} {role}").where(Staff.id == person.id).execute()
        made.people[str(role)] = person
    leaving = factory.staff(of=house, role=Role.VIEWER)
    Staff.update(name=f"{mark} Colleague").where(Staff.id == leaving.id).execute()
    made.ids["member"] = str(Membership.get(Membership.staff == leaving).id)
    one = factory.customer(house, name=f"{mark} Morgan", email=f"{slug}.morgan@example.com")
    _money(made, one, clock)
    _around(made, one)
    return made


def _money(made: Desk, one: Customer, clock: Stopped) -> None:
    """A paid order, an open one, a failed automatic one, a schedule."""
    account, visa = factory.account(one), factory.method(one)
    bought = factory.order(one, 6400, title=f"{made.mark} mat")
    handle = intention.begin(buyer=Buyer(customer=one.id, account=account.id), orders=[bought.id])
    paid = pay(Sent(handle, [bought.id], visa.id, bought.open, 1), buyer=Buyer(customer=one.id, account=account.id))
    empty = factory.method(one, "pm_card_visa_chargeDeclinedInsufficientFunds")
    consent = factory.consented(one, empty)
    failed = factory.automatic(one, empty, consent, 8900, due=local_day(clock(), made.merchant.zone))
    collect_due(failed.id)
    plan = BillingSchedule.create(
        merchant=made.merchant, customer=one, title=f"{made.mark} membership", amount=8900, currency="USD",
        anchor_day=20, starts_on=clock().date(), next_on=clock().date().replace(month=12, day=20), method=empty,
        consent=consent, created_at=clock(),
    )  # fmt: skip
    payment = Payment.get_by_id(paid)
    dispute = Dispute.create(
        payment=payment, gateway_account=factory.gateway_account(made.merchant), gateway_ref=f"dp_{made.mark}",
        kind=DisputeKind.CARD, amount=6400, currency="USD", reason="fraudulent", opened_at=clock(),
    )  # fmt: skip
    made.ids |= {
        "customer": str(one.id),
        "account": str(account.id),
        "method": str(visa.id),
        "order": str(factory.order(one, 4250, title=f"{made.mark} workshop").id),
        "failed": str(failed.id),
        "payment": str(payment.id),
        "schedule": str(plan.id),
        "dispute": str(dispute.id),
    }


def _around(made: Desk, one: Customer) -> None:
    """What the team left: notes, views, imports, brakes, merges; and a wish of the customer."""
    mark, now, owner = made.mark, utc_now(), made.people["owner"]
    house: dict[str, Any] = {"merchant": made.merchant, "staff": owner}
    twin = factory.customer(made.merchant, name=f"{mark} Morgen")
    gone = factory.customer(made.merchant, name=f"{mark} Merged")
    first, second = sorted((one, twin), key=lambda each: str(each.id))
    with unit_of_work():
        Note.create(**house, customer=one, text=f"{mark} note", made_at=now)
        DuplicatePair.create(merchant=made.merchant, one=first, other=second, score=90, evidence="[]", found_at=now)
        Customer.update(merged_into=one).where(Customer.id == gone.id).execute()
        merge = Merge.create(**house, survivor=one, absorbed=gone, made_at=now, undo_until=now)
        change = ContactChange.create(
            customer=one, account=made.ids["account"], what=ContactKind.NAME, wanted=f"{mark} New",
            state=ChangeState.ASKED, made_at=now,
        )  # fmt: skip
        for name, person in made.people.items():  # a view is its maker's alone
            own: dict[str, Any] = {"merchant": made.merchant, "staff": person}
            view = SavedView.create(**own, name=f"{mark} view", page="failed", made_at=now)
            made.ids[f"view of {name}"] = str(view.id)
        brake = Brake.create(
            merchant=made.merchant, gateway_account=factory.gateway_account(made.merchant), what="bank_debits",
            reason="all:20:100", set_at=now,
        )  # fmt: skip
        Event.create(
            merchant=made.merchant,
            kind="order.made",
            at=now,
            actor="staff",
            actor_id=str(owner.id),
            customer_id=str(one.id),
        )
    file = io.BytesIO(f"customer_name,email\n{mark} Imported,x@example.com\n".encode())
    run = receive(merchant=made.merchant.id, staff=owner.id, what=What.ORDERS, filename=f"{mark}.csv", content=file)
    keep_part(run, "refused", 0, b"row,reason\n")
    made.ids |= {
        "twin": str(twin.id),
        "merge": str(merge.id),
        "change": str(change.id),
        "run": str(run),
        "brake": str(brake.id),
    }
