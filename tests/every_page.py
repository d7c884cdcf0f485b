"""Every address that a person can open, made from the route table and the views: nothing here is a list of pages.

A new page is found by itself. Where its address has a variable, `SAMPLES` must know an id for it; where the address is
no page (a file, a way back that redirects), `NO_PAGE` says so. tests/pages/test_every_page.py tells what is missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from dashboard import cookies, routes
from dashboard.door import door_of
from dashboard.views.buying import LEAVING
from domain.accounts import links, sessions
from domain.accounts.viewer import Audience
from domain.methods import mandates
from domain.payments import fix_it, intention
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from kit.clock import Stopped, utc_now
from kit.crypto import digest, seal
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import Access, ChangeState, ContactChange, ContactKind, Customer, LinkPurpose, Session
from models.merchants import Merchant
from models.methods import BillingSchedule
from models.orders import PayIntention
from models.payments import Receipt
from tests import factory
from tests.browser.people import Alex, alex

ANONYMOUS, ALEX = "anonymous", "alex"
LATER = "later"  # Alex, whose proof of being Alex is no longer fresh
_FILE = re.compile(r"\.[a-z]+$")
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([a-z_]+)>")


@dataclass
class Life:
    """Alex's life with one of everything, and those around: who may see it and who must not."""

    alex: Alex
    ids: dict[str, str]  # by variable name, or by the rule and the variable where the name alone does not say it
    tokens: dict[str, str] = field(default_factory=dict)  # sessions: alex, colleague, neighbour, stranger

    def browser(self, server: Flask, person: str) -> FlaskClient:
        """A browser of that person; nobody's for "anonymous"."""
        client = server.test_client()
        if person != ANONYMOUS:
            client.set_cookie(cookies.name_of(Audience.CUSTOMER), self.tokens[person])
        return client


@dataclass(frozen=True)
class Address:
    """One address, filled in with ids of Alex's life."""

    rule: str
    path: str
    person: str  # who opens it: anonymous, alex, or later
    dash: bool  # drawn by Dash, behind the sign-in
    variables: tuple[str, ...]

    @property
    def open_to_all(self) -> bool:
        """Whether no sign-in stands before it."""
        return self.person == ANONYMOUS

    def with_foreign_ids(self) -> str:
        """The same address with ids that belong to nobody."""
        return filled(self.rule, {name: str(uuid7()) for name in self.variables} | {"slug": "harbor"})


# Addresses that answer something else than a page: ways back that only redirect, machines' doors, the demo's own. What
# ends like a file (.pdf, .png, .csv) is none either.
NO_PAGE = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/assets/<digest>/<path:name>",
    "/_dash",
    "/_unused",
    "/_favicon",
    "/_reload",
    "/<path:path>",
    "/",
    "/demo/moving",
    "/p/<slug>/back/<handle>",
    "/p/<slug>/added/<handle>",
    "/p/<slug>/payments/<uuid:payment_id>/return",
    "/p/<slug>/signed-in",
)

# Who else opens a page that leads on by itself for the person who has just signed in.
BY = {"/p/<slug>/prove": LATER}

# The id of Alex's life for a variable: by its name, or by the rule where the name alone does not say which.
SAMPLES: dict[str, str] = {
    "slug": "slug",
    "order_id": "order",
    "payment_id": "payment",
    "method_id": "method",
    "schedule_id": "schedule",
    "number": "receipt",
    "handle": "handle",
    "/p/<slug>/fix/<token>": "fix_token",
    "/p/<slug>/fix/<handle>/review": "fix_handle",
    "/p/<slug>/fix/<handle>/payment": "fix_paid",
    "/p/<slug>/confirm/<token>": "confirm_token",
    "/p/<slug>/reset/<token>": "reset_token",
    "/p/<slug>/methods/<uuid:method_id>/authorization": "bank",
    "/leaving/<token>": "leaving_token",
    "/p/<slug>/new-email/<token>": "new_email_token",
    "/p/<slug>/link/<token>": "sign_in_token",
}


def rules(server: Flask) -> list[tuple[str, Audience, bool]]:
    """Every GET rule for everybody and for customers, whether it is drawn by Dash."""
    drawn = [(row.path, row.audience, True) for row in routes.rows() if row.audience is Audience.CUSTOMER]
    plain = []
    for rule in server.url_map.iter_rules():
        door = door_of(server.view_functions[rule.endpoint])
        if door and "GET" in (rule.methods or ()) and door.audience in (Audience.PUBLIC, Audience.CUSTOMER):
            plain.append((rule.rule, door.audience, False))
    return sorted({*drawn, *plain}, key=lambda each: each[0])


def is_page(rule: str) -> bool:
    """Whether a rule is a customer's page, by what `NO_PAGE` says. The staff's doors are not customers' pages."""
    elsewhere = rule.startswith(("/merchant", "/operations")) or _FILE.search(rule) is not None
    return not elsewhere and not any(
        rule == each or (each.startswith("/_") and rule.startswith(each)) for each in NO_PAGE
    )


def unknown(server: Flask) -> list[str]:
    """What somebody who adds a page has to add here, in words."""
    missing = []
    for rule, _audience, _dash in rules(server):
        for name in _VARIABLE.findall(rule) if is_page(rule) else ():
            if _key(rule, name) is None:
                missing.append(
                    f"{rule}: no sample for <{name}>. Add it to SAMPLES in tests/every_page.py (by the variable's name,"
                    f" or by the rule) and the id to life(); is it no page, add the rule to NO_PAGE."
                )
    return missing


def _key(rule: str, name: str) -> str | None:
    """Which id of the life stands for this variable."""
    return SAMPLES.get("slug") if name == "slug" else SAMPLES.get(rule, SAMPLES.get(name))


def filled(rule: str, values: dict[str, str]) -> str:
    """The rule with its variables filled in."""
    return _VARIABLE.sub(lambda found: values[found.group(1)], rule)


def pages(server: Flask, life: Life) -> list[Address]:
    """Every page with ids of that life: each must answer 200 to `person`."""
    found = []
    for rule, audience, dash in rules(server):
        if not is_page(rule):
            continue
        names = _VARIABLE.findall(rule)
        own = {name: life.ids[key] for name in names if (key := _key(rule, name)) is not None}
        if len(own) < len(names):
            continue  # `unknown` tells what is missing
        person = ANONYMOUS if audience is Audience.PUBLIC else BY.get(rule, ALEX)
        others = tuple(name for name in names if name != "slug")
        found.append(Address(rule, filled(rule, own), person, dash, others))
    return found


def life(clock: Stopped) -> Life:
    """Alex with one of everything. Needs the fixtures `sandbox`, a store and `clock`."""
    person = alex(clock)
    ids = {"slug": person.merchant.slug, "order": str(person.failed.id)}
    _payments(person, ids)
    _methods(person, ids)
    _links(person, ids, clock)
    made = Life(person, ids)
    _people(made)
    return made


def _payments(person: Alex, ids: dict[str, str]) -> None:
    paid = Receipt.select().order_by(Receipt.id.desc()).first()
    ids |= {"receipt": paid.number, "received": str(paid.payment_id), "payment": str(paid.payment_id)}
    buyer = Buyer(customer=person.customer.id, account=person.account.id)
    ids["handle"] = intention.begin(buyer=buyer, orders=[person.due.id])
    for name, token in (("declined", "pm_card_visa_chargeDeclined"), ("pending", "pm_usBankAccount_success")):
        method = factory.method(person.customer, token)
        order = factory.order(person.customer, 3300, title=f"Class, {name}")
        handle = intention.begin(buyer=buyer, orders=[order.id])
        ids[name] = str(pay(Sent(handle, [order.id], method.id, order.open, 1, "203.0.113.9", "test"), buyer=buyer))


def _methods(person: Alex, ids: dict[str, str]) -> None:
    ids["schedule"] = str(BillingSchedule.get(BillingSchedule.customer == person.customer).id)
    bank = factory.method(person.customer, "pm_usBankAccount_success")
    with unit_of_work():
        mandates.keep(bank, gateway_ref=None, agreed=mandates.Agreed())
    ids |= {"method": str(factory.method(person.customer).id), "bank": str(bank.id)}


def _links(person: Alex, ids: dict[str, str], clock: Stopped) -> None:
    with unit_of_work():
        ids["fix_token"] = factory.fix_it_link(person.failed.id)
        ids["reset_token"] = str(links.issue(uuid7(), LinkPurpose.RESET, account=person.account))
        ids["sign_in_token"] = str(links.issue(uuid7(), LinkPurpose.SIGN_IN, account=person.account))
        ids["confirm_token"] = str(links.issue(uuid7(), LinkPurpose.CONFIRM, account=person.account))
    ids["new_email_token"] = _new_email(person)
    ids["fix_handle"], _buyer = _through_link(person.merchant, ids["fix_token"])
    ids["fix_paid"] = _paid_through_link(person)
    until = int(clock().timestamp()) + 600
    ids["leaving_token"] = seal(LEAVING, {"to": "https://bank.example/", "until": until})


def _new_email(person: Alex) -> str:
    change = ContactChange.create(
        customer=person.customer,
        account=person.account,
        what=ContactKind.EMAIL,
        wanted="alex@new.example",
        state=ChangeState.PROOF,
        made_at=utc_now(),
    )
    with unit_of_work():
        return str(links.issue(uuid7(), LinkPurpose.NEW_EMAIL, account=person.account, change=change.id))


def _through_link(house: Merchant, token: str) -> tuple[str, Buyer]:
    handle = fix_it.begin(merchant=house.id, token=token)
    assert handle is not None
    buyer = fix_it.buyer_of(merchant=house.id, handle=handle)
    assert buyer is not None
    PayIntention.update(method=factory.method(_customer(buyer)).id).where(PayIntention.handle == handle).execute()
    return handle, buyer


def _customer(buyer: Buyer) -> Customer:
    found: Customer = Customer.get_by_id(buyer.customer)
    return found


def _paid_through_link(person: Alex) -> str:
    order = factory.order(person.customer, 2100, title="Class, paid from the mail")
    with unit_of_work():
        token = factory.fix_it_link(order.id)
    handle, buyer = _through_link(person.merchant, token)
    method = PayIntention.get(PayIntention.handle == handle).method_id
    pay(Sent(handle, [order.id], method, order.open, 1), buyer=buyer)
    return handle


def _people(made: Life) -> None:
    harbor, customer = made.alex.merchant, made.alex.customer
    colleague = factory.account(factory.customer(harbor, name="Robin Morgan", email="robin@example.com"))
    with unit_of_work():
        Access.update(customer=customer).where(Access.account == colleague).execute()
    neighbour = factory.account(factory.customer(harbor, name="Jordan Reyes"))
    stranger = factory.account(factory.customer(factory.merchant("summit", name="Summit Bikes")))
    with unit_of_work():
        for name, account in ((ALEX, made.alex.account), (LATER, made.alex.account), ("colleague", colleague)):
            made.tokens[name] = sessions.open_session(account=account.id, customer=customer.id)
        for name, account in (("neighbour", neighbour), ("stranger", stranger)):
            made.tokens[name] = sessions.open_session(account=account.id)
        before = utc_now() - timedelta(minutes=30)
        Session.update(created_at=before, proved_at=None).where(
            Session.token_hash == digest(made.tokens[LATER])
        ).execute()
