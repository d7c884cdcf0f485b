"""Reconciliation against the sandbox's lists: each kind of difference is planted, listed, raised once, and settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from stripe import HTTPClient
from structlog.testing import capture_logs

from domain.payments.at_gateway import gateway_for
from domain.reconciliation.heal import cancel_strays
from domain.reconciliation.run import accounts, nightly, reconcile
from domain.work.install import install_id
from integrations.gateways import registry
from integrations.gateways.base import IntentStatus
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.money import Money
from models.base import unit_of_work
from models.ledger import Journal, Posting
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState, Dispute, DisputeState, Refund, RefundState
from models.work import Difference, WebhookEvent, WebhookState
from sandbox.inprocess import InProcess
from tests import factory
from tests.payments.conftest import attempt_of, fresh
from tests.payments.postman import apply_due, bring
from tests.payments.test_hints import told
from tests.reconciliation.conftest import Books, listed, raised, settled


def test_equal_books_have_no_differences_and_foreign_objects_are_only_counted(books: Books) -> None:
    books.paid()
    books.at_gateway(install="another", confirm=True)
    report = books.compare()
    assert (report.payments, report.foreign, report.open, report.healed) == (1, 1, (), ())
    assert not Difference.select().count() and report.stopped is None


# -- planted: each is listed by every run, raised once, and settled when it is gone --------------------------------


def test_money_that_no_attempt_knows_of(books: Books) -> None:
    intent = books.at_gateway(confirm=True)
    assert intent.status == IntentStatus.SUCCEEDED
    for _night in range(6):  # from the fourth night on the list does not reach back to it
        assert [found.reference for found in books.tomorrow().open] == [intent.id]
        assert listed() == [("captured_not_booked", intent.id)] and raised() == 1
        assert Difference.get().seen_at == utc_now()
    books.tamper(intent.id)
    books.tamper(books.charge_of(intent.id))
    assert books.tomorrow().settled == 1
    assert listed() == [] and settled() == ["captured_not_booked"]


def test_a_closed_attempt_whose_intent_was_charged_all_the_same(books: Books) -> None:
    """Impossible while the old intent is cancelled first; so it is made at the gateway directly."""
    attempt = attempt_of(books.shop.press(books.shop.method("pm_card_chargeCustomerFail"), books.shop.order()))
    assert attempt.state == AttemptState.FAILED and attempt.gateway_ref
    books.tamper(attempt.gateway_ref, status="succeeded", amount_received=8900, metadata=_marks(attempt))
    books.tamper(books.charge_of(attempt.gateway_ref), status="succeeded", paid=True)
    for _night in range(2):
        report = books.tomorrow()
    assert listed() == [("captured_not_booked", attempt.gateway_ref)] and raised() == 1
    assert "failed here" in report.open[0].detail and fresh(attempt).state == AttemptState.FAILED
    _undo(books, attempt)


def _marks(attempt: Attempt) -> dict[str, str]:
    return {"settle_attempt": str(attempt.id), "settle_install": install_id()}


def _undo(books: Books, attempt: Attempt) -> None:
    books.tamper(books.charge_of(attempt.gateway_ref or ""), status="failed", paid=False)
    books.tamper(attempt.gateway_ref or "", status="canceled", amount_received=0)
    assert books.tomorrow().open == ()
    assert settled() == ["captured_not_booked"]


def test_an_attempt_without_an_intent_id_whose_intent_was_charged(books: Books) -> None:
    """A late thread that confirmed what it could not store: the store forbids it, the comparison would still see it."""
    attempt = books.paid()
    intent, long_ago = attempt.gateway_ref, utc_now() - timedelta(days=9)
    Attempt.update(gateway_ref=None, closed_at=long_ago).where(Attempt.id == attempt.id).execute()
    [found] = books.tomorrow().open
    assert (found.kind, found.reference) == ("captured_not_booked", intent)
    assert "the attempt that it names does not know it" in found.detail
    Attempt.update(gateway_ref=intent).where(Attempt.id == attempt.id).execute()
    assert books.tomorrow().settled == 1


def test_a_booked_payment_that_the_gateway_does_not_have(books: Books) -> None:
    attempt = books.paid()
    store, intent = books.shop.sandbox.world.store, str(attempt.gateway_ref)
    kept, charge = store.get(intent), store.get(books.charge_of(intent))
    assert kept and charge
    store.remove(intent)
    store.remove(charge.id)
    for _night in range(5):
        assert [found.reference for found in books.tomorrow().open] == [intent]
    assert listed() == [("booked_not_captured", intent)] and raised() == 1
    store.add(kept)
    store.add(charge)
    assert books.tomorrow().settled == 1 and settled() == ["booked_not_captured"]


def test_a_bank_debit_is_compared_though_it_began_before_the_list(books: Books) -> None:
    method, order = books.shop.method("pm_usBankAccount_success"), books.shop.order()
    attempt = attempt_of(books.shop.press(method, order))
    books.shop.pass_time(days=7)
    books.shop.work()
    assert fresh(attempt).state == AttemptState.SUCCEEDED
    books.shop.pass_time(hours=1)
    assert books.compare().open == () and books.compare().payments == 1
    books.tamper(str(attempt.gateway_ref), status="canceled", amount_received=0)
    assert [found.kind for found in books.compare().open] == ["booked_not_captured"]


def test_another_amount(books: Books) -> None:
    attempt = books.paid()
    intent = str(attempt.gateway_ref)
    books.tamper(books.charge_of(intent), amount=9900)
    books.tamper(intent, amount_received=9900)
    report = books.tomorrow()
    assert [(found.kind, found.amount) for found in report.open] == [("amount_differs", Money(9900, "USD"))]
    assert listed() == [("amount_differs", intent)]
    books.tamper(books.charge_of(intent), amount=8900)
    books.tamper(intent, amount_received=8900)
    assert books.tomorrow().settled == 1


def test_a_success_without_a_journal(books: Books) -> None:
    attempt = books.paid()
    journal = Journal.get(Journal.source == str(attempt.payment_id))
    with unit_of_work():
        Journal.update(source="mislaid").where(Journal.id == journal.id).execute()
    assert "without a journal" in books.tomorrow().open[0].detail
    with unit_of_work():
        Journal.update(source=journal.source).where(Journal.id == journal.id).execute()
    assert books.tomorrow().settled == 1 and Posting.select().count() == 2


# -- healed: what a webhook would have told ----------------------------------------------------------------------


def test_an_attempt_that_the_gateway_has_finished_is_looked_at(books: Books) -> None:
    books.shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    books.shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
    attempt = attempt_of(books.shop.press(books.shop.method(), books.shop.order()))
    books.shop.sandbox.control(clear=True)
    assert attempt.state == AttemptState.UNKNOWN
    assert books.compare().healed == (), "a minute ago: the sweeper is at it"
    books.shop.pass_time(hours=1)
    report = books.compare()
    assert [found.kind for found in report.healed] == ["still_open"] and report.open == ()
    assert fresh(attempt).state == AttemptState.SUCCEEDED and not Difference.select().count()


def test_a_refund_made_elsewhere_is_recorded(books: Books) -> None:
    attempt = books.paid()
    books.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    report = books.tomorrow()
    assert [found.kind for found in report.healed] == ["refund_not_booked"] and report.open == ()
    assert [(row.state, row.amount) for row in Refund.select()] == [(RefundState.SUCCEEDED, 2000)]
    assert books.tomorrow().healed == () and raised() == 0


class Meanwhile(HTTPClient):
    """Right after the list of refunds was read, what is pending in it arrives."""

    name = "meanwhile"

    def __init__(self, sandbox: InProcess) -> None:
        super().__init__()
        self._sandbox, self._inner = sandbox, sandbox.http()

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        answer = self._inner.request(method, url, headers, post_data)
        if method == "get" and "/v1/refunds?" in url:
            for row in self._sandbox.world.store.every("refund"):
                self._sandbox.control(refunds=[{"id": row.id, "status": "succeeded"}])
        return answer

    def close(self) -> None:
        """Nothing is open."""


def test_what_changes_while_the_list_is_read_is_no_difference(books: Books) -> None:
    attempt = books.paid("pm_card_pendingRefund")
    books.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    with registry.use_transport(lambda: Meanwhile(books.shop.sandbox)):
        report = books.compare()
    assert [found.kind for found in report.healed] == ["refund_not_booked"] and report.open == ()
    assert Refund.get().state == RefundState.SUCCEEDED and raised() == 0


def test_a_refund_that_failed_weeks_later_is_taken_back(books: Books) -> None:
    attempt = books.paid()
    books.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    books.tomorrow()
    books.shop.pass_time(days=20)
    refund = Refund.get()
    books.shop.sandbox.control(refunds=[{"id": refund.gateway_ref, "status": "failed"}])
    assert [found.kind for found in books.tomorrow().healed] == ["refund_differs"]
    assert fresh(refund).state == RefundState.FAILED


def test_a_dispute_and_a_late_return_are_recorded(books: Books) -> None:
    card = books.paid()
    debit = attempt_of(books.shop.press(books.shop.method("pm_usBankAccount_dispute"), books.shop.order()))
    books.shop.pass_time(days=7)
    books.shop.work()
    assert fresh(debit).state == AttemptState.SUCCEEDED
    books.shop.pass_time(days=30)
    books.shop.sandbox.control(disputes=[{"charge": card.gateway_ref, "reason": "fraudulent"}])
    report = books.compare()
    assert [found.kind for found in report.healed] == ["dispute_not_booked"] * 2 and report.open == ()
    assert sorted(row.state for row in Dispute.select()) == [DisputeState.LOST, DisputeState.OPEN]
    opened = Dispute.get(Dispute.state == DisputeState.OPEN)
    books.shop.sandbox.control(disputes=[{"id": opened.gateway_ref, "status": "won"}])
    assert [found.kind for found in books.tomorrow().healed] == ["dispute_differs"]
    assert fresh(opened).state == DisputeState.WON


def test_a_refund_and_a_dispute_that_the_gateway_does_not_have(books: Books) -> None:
    first, second = books.paid(), books.paid()
    books.shop.sandbox.control(refunds=[{"charge": first.gateway_ref, "amount": 2000}])
    books.shop.sandbox.control(disputes=[{"charge": second.gateway_ref}])
    books.tomorrow()
    refund, dispute = str(Refund.get().gateway_ref), str(Dispute.get().gateway_ref)
    books.tamper(refund)
    books.tamper(dispute)
    books.tomorrow()
    books.tomorrow()
    assert listed() == [("refund_not_there", refund), ("dispute_not_there", dispute)] and raised() == 2


# -- strays, unknown objects, and runs that cannot be made -------------------------------------------------------


def test_unconfirmed_intents_that_nobody_owns_are_cancelled(books: Books) -> None:
    books.at_gateway(), books.at_gateway(install="another")
    open_one = attempt_of(books.shop.press(books.shop.method("pm_card_authenticationRequired"), books.shop.order()))
    assert open_one.state == AttemptState.REQUIRES_ACTION
    assert books.compare().strays == 0, "young ones may still be somebody's"
    books.shop.pass_time(hours=2)
    report = books.compare()
    assert report.strays == 1 and books.compare().strays == 0
    states = sorted(row.body["status"] for row in books.shop.sandbox.world.store.every("payment_intent"))
    assert states == ["canceled", "requires_action", "requires_payment_method"]
    books.shop.work()


def test_a_stray_that_became_something_meanwhile_is_read(books_here: Books) -> None:
    """Between the list and the cancelling; cancelled already is no failure."""
    gone, taken = books_here.at_gateway(), books_here.at_gateway(confirm=True)
    gateway, deadline = gateway_for(books_here.account), Deadline.within(15)
    gateway.cancel_intent(gone.id, key="by-somebody", deadline=deadline)
    later = utc_now() + timedelta(hours=2)
    with capture_logs() as logs:
        assert cancel_strays(books_here.account, [gone, taken], later, deadline) == 1
    said = [(line["intent"], line["status"]) for line in logs if line["event"] == "stray.not_cancelled"]
    assert said == [(taken.id, "succeeded")]


def test_what_a_webhook_raised_is_not_raised_again_and_is_taken_up_when_it_is_known(books: Books) -> None:
    attempt = books.paid()
    intent = str(attempt.gateway_ref)
    Attempt.update(gateway_ref="pi_mislaid").where(Attempt.id == attempt.id).execute()
    marks = {"settle_install": install_id(), "settle_attempt": "nobody"}
    bring(books.account, [told({"id": intent, "metadata": marks})])
    for _half_hour in range(60):
        apply_due()
        books.shop.pass_time(minutes=30)
    assert listed() == [("unknown_object", intent)] and raised() == 1
    books.compare()
    assert listed() == [("captured_not_booked", intent), ("booked_not_captured", "pi_mislaid")] and raised() == 2
    Attempt.update(gateway_ref=intent).where(Attempt.id == attempt.id).execute()
    assert books.tomorrow().settled == 2 and listed() == []
    assert WebhookEvent.get().state == WebhookState.RECEIVED
    apply_due()
    assert WebhookEvent.get().state == WebhookState.DONE


def test_what_nobody_can_ask_about_stays_open(books_here: Books) -> None:
    """A charge with our mark and without an intent: the gateway is asked about intents, refunds and disputes only."""
    marks = {"settle_install": install_id()}
    bring(books_here.account, [told({"id": "ch_9", "object": "charge", "metadata": marks})])
    for _half_hour in range(60):
        apply_due()
        books_here.shop.pass_time(minutes=30)
    for _night in range(2):
        assert books_here.tomorrow().settled == 0
    assert listed() == [("unknown_object", "ch_9")]


@pytest.mark.parametrize("fault", ["down", "timeout_before", "garbage", "rate_limit"])
def test_a_gateway_that_does_not_answer_changes_nothing(books_here: Books, fault: str) -> None:
    intent = books_here.at_gateway(confirm=True)
    books_here.tomorrow()
    seen = Difference.get().seen_at
    books_here.shop.pass_time(days=1)
    books_here.shop.sandbox.control(fault={"mode": fault, "path": "/v1/disputes"})
    report = books_here.compare()
    assert report.stopped == "the gateway does not answer" and Difference.get().seen_at == seen
    assert "1 not seen" in nightly()
    books_here.shop.sandbox.control(clear=True)
    assert [found.reference for found in books_here.compare().open] == [intent.id] and raised() == 1


def test_no_time_left_says_so(books_here: Books) -> None:
    books_here.paid()
    report = reconcile(books_here.account.id, utc_now() - timedelta(days=3), deadline=Deadline.within(-1))
    assert report.stopped == "out of time"
    assert not Difference.select().count()


def test_every_account_in_use_is_compared(books_here: Books) -> None:
    other = factory.gateway_account(factory.merchant())
    resting = factory.gateway_account(factory.merchant())
    GatewayAccount.update(active=False).where(GatewayAccount.id == resting.id).execute()
    assert set(accounts()) == {books_here.account.id, other.id}
    assert accounts(other.merchant.slug) == [other.id]
    assert nightly() == "2 accounts, 0 differences"


def test_a_list_of_several_pages_is_read_to_its_end(books_here: Books) -> None:
    gateway, deadline = gateway_for(books_here.account), Deadline.within(60)
    for _ in range(101):
        books_here.at_gateway()
    assert len(list(gateway.intents(since=utc_now() - timedelta(days=1), deadline=deadline))) == 101
    books_here.shop.pass_time(hours=2)
    assert books_here.compare().strays == 101
