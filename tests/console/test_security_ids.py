"""Another merchant's ids in the fields of our forms, filled in as a person would: nothing of theirs is touched."""

from __future__ import annotations

import pytest

from tests import every_desk
from tests.console.test_roles import token_of
from tests.console.test_two_tenants import OURS, THEIRS, _rows_of
from tests.every_desk import browser, desk
from tests.served import portal

FILLED = {
    "amount": "1.00", "amount_1": "1.00", "line_1": "Mat", "title": "Mat", "text": "Hello", "note": "Hello",
    "due_on": "2027-01-04", "first_on": "2027-01-04", "until": "2027-01-04", "received_on": "2026-01-04",
    "every": "1", "cadence": "month", "kind": "cash", "agreed": "on", "owed": "no", "name": "Alex", "how": "asked",
}  # fmt: skip


@pytest.fixture
def server(sqlite_store, sandbox, clock):
    made = portal()
    made.test_client().get("/healthz")
    return made


def _handle(rule, theirs):
    """The id that a form of this address would make its own: theirs is there already."""
    made = (("customers/new", "customer"), ("orders/new", "order"), ("schedules/new", "schedule"), ("", "payment"))
    return theirs.ids[next(what for part, what in made if part in rule)]


def test_no_field_of_a_form_reaches_over(server, clock):
    ours, theirs = desk("harbor", OURS, clock), desk("summit", THEIRS, clock)
    owner = browser(server, ours.people["owner"], look_at=ours)
    order, customer = theirs.ids["order"], theirs.ids["customer"]
    named = {"method": theirs.ids["method"], "order": order, "subject": theirs.ids["failed"], "customer": customer}
    named |= {
        "csrf_token": token_of(owner, "/merchant/harbor/settings/you"),
        "next": f"/merchant/summit/orders/{order}",
    }
    body = FILLED | named | {f"share_{order}": "1.00", f"seen_{order}": "100"}
    before, wrong, asked = _rows_of(theirs), [], 0
    for address in every_desk.addresses(server):
        if address.method == "POST":
            answer = owner.post(address.of(ours), data=body | {"handle": _handle(address.rule, theirs)})
            asked += 1
            if answer.status_code >= 500 or THEIRS in answer.data.decode(errors="replace"):
                wrong.append(f"{address.rule}: {answer.status_code}")
            if "/merchant/summit" in answer.headers.get("Location", ""):
                wrong.append(f"{address.rule} leads there")
    assert wrong == [] and asked > 60
    assert _rows_of(theirs) == before
