"""The pages about duplicates: compare, merge, part, two people after all. Manager, viewer, another merchant."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.duplicates.find import find
from kit.clock import Stopped
from models.console import Merge, NotDuplicate
from models.customers import Customer
from models.merchants import Merchant, Role
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.served import portal
from tests.web.conftest import token_in


@pytest.fixture
def server(sqlite_store: str, clock: Stopped) -> Flask:
    return portal()


@pytest.fixture
def house(server: Flask) -> Merchant:
    row = factory.merchant("harbor")
    for name in ("Alex Morgan", "Morgan, Alex"):
        factory.customer(row, name=name, email="alex@example.com")
    find(row.id)
    return row


def _press(client: FlaskClient, address: str, page: str = "/merchant/harbor/duplicates") -> TestResponse:
    """Sends the form with the token of a page that the person has open: a Dash page's, or a form's own."""
    return client.post(address, data={"csrf_token": token_in(client.get(page).text)})


def test_a_manager_compares_merges_and_parts(server: Flask, house: Merchant):
    kim = signed_in(server, factory.staff(of=house, role=Role.MANAGER))
    one, other = Customer.select().order_by(Customer.id)
    with counted() as asked:
        listed = drawn(kim, "/merchant/harbor/duplicates").text
    assert "same e-mail address" in listed and "Likely" in listed and len(asked) <= 12
    here = f"/merchant/harbor/duplicates/{one.id}/with/{other.id}"
    shown = kim.get(here).text
    assert "Merge the two records" in shown and "alex@example.com" in shown
    done = _press(kim, here)
    assert done.status_code == 303
    said = kim.get(done.location).text
    assert "The two records are one now" in said and "Part the two records again" in said
    assert kim.get(here).status_code == 404, "one of them is not there any more"
    parted = _press(kim, f"{done.location}/undo")
    assert "apart again" in kim.get(parted.location).text and Merge.get().undone_at is not None
    two = _press(kim, f"{here}/not")
    assert two.status_code == 303 and NotDuplicate.select().count() == 1
    offered = kim.get(f"/merchant/harbor/customers/{one.id}/merge?q=morgan").text
    assert str(other.id) in offered


def test_a_viewer_looks_and_another_merchants_people_find_nothing(server: Flask, house: Merchant):
    one, other = Customer.select().order_by(Customer.id)
    here = f"/merchant/harbor/duplicates/{one.id}/with/{other.id}"
    viewer = signed_in(server, factory.staff(of=house, role=Role.VIEWER))
    shown = viewer.get(here)
    assert shown.status_code == 200 and "Merge the two records" not in shown.text
    assert _press(viewer, here).status_code == 403
    foreign = factory.merchant("foreign")
    pat = signed_in(server, factory.staff(of=foreign))
    theirs = factory.customer(foreign)
    assert pat.get(f"/merchant/foreign/duplicates/{one.id}/with/{other.id}").status_code == 404
    address = f"/merchant/foreign/duplicates/{one.id}/with/{theirs.id}"
    assert _press(pat, address, "/merchant/foreign/duplicates").status_code == 404
    assert not Merge.select().exists()
