"""*Pick another date*: a native form, for the owner only, and what is said afterwards."""

from __future__ import annotations

from datetime import date

from domain.recoveries import promises
from kit.clock import Stopped
from models.payments import PlannedTry, Promise, PromiseState, Recovery, RecoveryState
from tests import factory
from tests.pages.customer.conftest import Person
from tests.pages.customer.test_home import fail


def test_the_owner_names_a_day_and_reads_it_afterwards(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    assert "Pick another date" in owner.page() and "Pick another date" in owner.page(f"/orders/{order.id}")
    form = owner.get(f"/orders/{order.id}/promise").text
    assert 'min="2026-11-24"' in form and 'max="2026-12-07"' in form and "Charge Visa ending 9995" in form
    answer = owner.post(f"/orders/{order.id}/promise", day="2026-11-27")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{owner.base}/orders/{order.id}")
    assert "You said you will pay by Friday 27 November" in owner.page(f"/orders/{order.id}")
    home = owner.page()
    assert "You said you will pay by Friday 27 November. We wait until then." in home
    assert "We will not try again by ourselves." not in home and "We will try again on" not in home
    assert PlannedTry.select().where(PlannedTry.state == "planned").count() == 0


def test_we_charge_on_the_day_if_the_owner_wants_that(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    owner.post(f"/orders/{order.id}/promise", day="2026-11-26", method=str(order.method_id))
    assert "As you asked, we charge it on Thursday 26 November at 9:00" in owner.page()
    owner.post(f"/orders/{order.id}/promise/withdraw")
    assert "We will try again on" in owner.page() and Promise.get().state == PromiseState.WITHDRAWN


def test_a_wrong_day_is_said_at_its_field(owner: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    for day in ("2026-11-23", "2027-03-01"):
        answer = owner.post(f"/orders/{order.id}/promise", day=day)
        assert answer.status_code == 422 and 'aria-invalid="true"' in answer.text
        assert "Choose a day from Tuesday 24 November to Monday 7 December." in answer.text
    assert "Choose a day." in owner.post(f"/orders/{order.id}/promise", day="soon").text
    assert Promise.select().count() == 0


def test_nobody_else_finds_the_order(owner: Person, colleague: Person, stranger: Person, clock: Stopped) -> None:
    order = fail(owner, clock)
    for other in (colleague, stranger):
        assert other.get(f"/orders/{order.id}/promise").status_code == 404
        assert other.post(f"/orders/{order.id}/promise", day="2026-11-27").status_code == 404
        assert other.post(f"/orders/{order.id}/promise/withdraw").status_code == 404
    assert owner.client.post(f"{owner.base}/orders/{order.id}/promise", data={"day": "2026-11-27"}).status_code == 400
    assert Promise.select().count() == 0, "without the form's token nothing is promised"


def test_after_three_broken_promises_no_other_date_is_offered(owner: Person, clock: Stopped) -> None:
    order, now = fail(owner, clock), clock()
    for day in (24, 26, 28):
        promises.promise(customer=owner.customer.id, order=order.id, day=date(2026, 11, day))
        made = Promise.get(Promise.state == PromiseState.OPEN)
        clock.set(made.due_at)
        promises.judge(made.id)
    clock.set(now)  # the session is an hour long
    assert Promise.select().where(Promise.state == PromiseState.BROKEN).count() == 3
    assert "Pick another date" not in owner.page() and "Pick another date" not in owner.page(f"/orders/{order.id}")
    assert "A date was set several times without a payment." in owner.get(f"/orders/{order.id}/promise").text


def test_what_has_not_failed_needs_no_other_date(owner: Person) -> None:
    order = factory.order(owner.customer)
    assert "Pick another date" not in owner.page(f"/orders/{order.id}")
    assert "There is no failed payment" in owner.get(f"/orders/{order.id}/promise").text
    assert owner.post(f"/orders/{order.id}/promise", day="2026-11-27").status_code == 422
    assert Recovery.select().where(Recovery.state == RecoveryState.OPEN).count() == 0
