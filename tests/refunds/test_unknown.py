"""Lost answers: a refund is asked about, never made twice; and whoever makes it, it is recorded once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.refunds import ask
from domain.refunds.ask import hint, look
from domain.refunds.queries import credits_of
from domain.refunds.record import Seen, record_refund
from domain.refunds.review import close_as_never_made
from integrations.gateways.base import GatewayUnreachable
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.ids import uuid7
from models.payments import Attempt, Refund, RefundState
from models.work import Difference, Event
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter, one_store, sums

S = RefundState
SPOILT = ["timeout_before", "timeout_after", "http_500_after", "garbage", "rate_limit", "wrong_amount"]


@one_store
@pytest.mark.parametrize("mode", SPOILT)
def test_an_answer_that_is_none_is_asked_about(counter: Counter, mode: str) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.fault(mode)
    row = counter.refund(payment, 8900)
    assert row.state == S.UNKNOWN and sums(order) == (8900, 0, 0)
    counter.shop.pass_time(seconds=4)
    look(row.id)
    assert fresh(row).state == S.SUCCEEDED and sums(order) == (0, 8900, 0)
    assert [each["amount"] for each in counter.gateway_refunds(payment)] == [8900]


@one_store
def test_unknown_is_sent_again_under_the_same_key_only_while_the_gateway_knows_it(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    counter.fault("timeout_before", times=None)
    row = counter.refund(payment, 8900)
    counter.shop.pass_time(hours=21)
    look(row.id)
    counter.control(clear=True)
    look(row.id)  # leased no more: listed only
    counter.shop.pass_time(hours=2)
    look(row.id)
    assert fresh(row).state == S.UNKNOWN and counter.gateway_refunds(payment) == []
    counter.shop.pass_time(hours=2)
    look(row.id)
    assert fresh(row).state == S.REVIEW and counter.gateway_refunds(payment) == []
    assert Event.select().where(Event.kind == "refund.needs_a_person").exists()


@one_store
def test_a_key_that_replays_an_error_ends_with_a_person_who_closes_it(counter: Counter) -> None:
    """Stripe replays a 500 under the same key for a day. We never take another key: a person looks, and closes it."""
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.fault("http_500")
    row = counter.refund(payment, 5000)
    for hours in (1, 22, 2):
        with pytest.raises(DomainError):
            close_as_never_made(merchant=counter.merchant, refund=row.id)
        counter.shop.pass_time(hours=hours)
        look(row.id)
    assert fresh(row).state == S.REVIEW
    counter.fault("down", path="/v1/", times=1)
    with pytest.raises(DomainError, match="does not answer"):
        close_as_never_made(merchant=counter.merchant, refund=row.id)
    counter.control(clear=True)
    assert close_as_never_made(merchant=counter.merchant, refund=row.id)
    assert fresh(row).state == S.FAILED and counter.gateway_refunds(payment) == []
    assert counter.refund(payment, 8900).state == S.SUCCEEDED and sums(order) == (0, 8900, 0)


@one_store
def test_a_person_cannot_close_one_that_was_made(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.fault("timeout_after")
    row = counter.refund(payment, 5000)
    Refund.update(state=S.REVIEW, lease_until=None).where(Refund.id == row.id).execute()
    assert not close_as_never_made(merchant=counter.merchant, refund=row.id)
    assert fresh(row).state == S.SUCCEEDED and sums(order) == (3900, 5000, 0)


@one_store
def test_one_that_was_made_after_all_is_found_days_later(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.fault("timeout_after")
    row = counter.refund(payment, 8900)
    counter.fault("down", path="/v1/", times=None)
    for hours in (1, 24, 24):
        counter.shop.pass_time(hours=hours)
        look(row.id)
    assert fresh(row).state == S.REVIEW
    counter.control(clear=True)
    counter.shop.pass_time(days=1)
    look(row.id)
    assert fresh(row).state == S.SUCCEEDED and sums(order) == (0, 8900, 0)
    assert len(counter.gateway_refunds(payment)) == 1


@one_store
def test_a_no_is_a_no(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    row = counter.refund(payment, 5000, send=False)
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 8900}])  # somebody was faster, elsewhere
    look(row.id)
    assert fresh(row).state == S.FAILED and fresh(row).failure == "charge_already_refunded"


class _Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_around_the_question_it_is_made_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 8900, send=False)
    with monkeypatch.context() as killing:
        name = "_send" if where == "before" else "record_refund"
        killing.setattr(ask, name, _die)
        with pytest.raises(_Killed):
            look(row.id)
    assert fresh(row).state == S.SENDING
    look(row.id)  # its lease stands
    assert fresh(row).state == S.SENDING
    counter.shop.pass_time(seconds=61)
    look(row.id)
    assert fresh(row).state == S.SUCCEEDED and sums(order) == (0, 8900, 0)
    assert len(counter.gateway_refunds(payment)) == 1


def _die(*_args: object, **_more: object) -> None:
    raise _Killed


def test_an_overtaken_sender_asks_nothing(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = counter.paid(counter.shop.order(8900))
    row = counter.refund(payment, 8900, send=False)
    real = ask._send

    def stalled(*args: object) -> None:
        monkeypatch.setattr(ask, "_send", real)
        counter.shop.pass_time(seconds=90)
        look(row.id)  # somebody else, meanwhile
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(ask, "_send", stalled)
    look(row.id)
    assert fresh(row).state == S.SUCCEEDED and len(counter.gateway_refunds(payment)) == 1


def test_a_hint_before_our_own_record_and_twice(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 5000, send=False)
    real = record_refund

    def late(*args: object, **more: object) -> bool:
        monkeypatch.setattr(ask, "record_refund", real)
        (made,) = counter.gateway_refunds(payment)
        assert hint(counter.account.id, made["id"]) and hint(counter.account.id, made["id"])
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ask, "record_refund", late)
    look(row.id)
    assert Refund.select().count() == 1 and fresh(row).state == S.SUCCEEDED and sums(order) == (3900, 5000, 0)
    assert not real(row.id, Seen(S.SUCCEEDED, ref=str(fresh(row).gateway_ref)))
    assert not real(row.id, Seen(S.PENDING)) and fresh(row).state == S.SUCCEEDED  # a read that was slow


def test_one_made_elsewhere_is_recorded_once(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 3000}])
    (made,) = counter.gateway_refunds(payment)
    assert hint(counter.account.id, made["id"]) and hint(counter.account.id, made["id"])
    row = Refund.get()
    assert row.elsewhere and row.state == S.SUCCEEDED and sums(order) == (5900, 3000, 0)


@one_store
def test_one_made_elsewhere_while_ours_is_unknown(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    counter.fault("timeout_before")
    ours = counter.refund(payment, 5000)
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 3000}])
    (made,) = counter.gateway_refunds(payment)
    assert hint(counter.account.id, made["id"])
    counter.shop.pass_time(seconds=4)
    look(ours.id)
    assert sums(order) == (900, 8000, 0) and Refund.select().count() == 2


@one_store
def test_one_made_elsewhere_of_the_order_that_ours_was_planned_for(counter: Counter) -> None:
    """What ours cannot take off the newest order any more it takes off the next one, not off the customer's credit."""
    old = counter.shop.order(4000, due=date(2026, 10, 1))
    new = counter.shop.order(5000, due=date(2026, 11, 1))
    payment = counter.paid(old, new)
    ours = counter.refund(payment, 5000, send=False)
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 3000}])
    (made,) = counter.gateway_refunds(payment)
    assert hint(counter.account.id, made["id"]) and sums(new) == (2000, 3000, 0)
    look(ours.id)
    assert sums(new) == (0, 5000, 0) and sums(old) == (1000, 3000, 0)
    assert credits_of(counter.shop.customer.id) == () and not Event.select().where(
        Event.kind == "refund.needs_a_person"
    )


@one_store
def test_one_that_we_gave_up_and_that_shows_after_all_is_recorded(counter: Counter) -> None:
    """Our books follow the gateway: a refund with our mark counts, whatever we believed."""
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 5000, send=False)
    counter.fault("timeout_after")
    look(row.id)
    Refund.update(state=S.FAILED, next_look_at=None, closed_at=utc_now()).where(Refund.id == row.id).execute()
    (made,) = counter.gateway_refunds(payment)
    assert hint(counter.account.id, made["id"])
    assert fresh(row).state == S.SUCCEEDED and sums(order) == (3900, 5000, 0)


@one_store
def test_our_mark_on_another_amount_is_an_alarm_and_no_refund_made_elsewhere(counter: Counter) -> None:
    """Adopted, it would take the reference that ours is to have. A person closes ours first."""
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 5000, send=False)
    counter.fault("timeout_after")
    look(row.id)
    (made,) = counter.gateway_refunds(payment)
    counter.spoil(made["id"], amount=4000)
    for _again in range(2):
        assert hint(counter.account.id, made["id"])
    assert Refund.select().count() == 1 and sums(order) == (8900, 0, 0) and fresh(row).state == S.UNKNOWN
    assert Event.select().where(Event.kind == "refund.needs_a_person").count() == 1
    (raised,) = Difference.select()
    assert (raised.kind, raised.reference, raised.amount) == ("refund_differs", made["id"], 4000)
    counter.spoil(made["id"], amount=5000)
    look_after(counter, row)
    assert fresh(row).state == S.SUCCEEDED and fresh(row).gateway_ref == made["id"]


@one_store
def test_what_has_our_mark_and_another_amount_is_recorded_once_ours_is_closed(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 5000, send=False)
    counter.fault("timeout_after")
    look(row.id)
    (made,) = counter.gateway_refunds(payment)
    counter.spoil(made["id"], amount=4000)
    Refund.update(state=S.REVIEW).where(Refund.id == row.id).execute()
    counter.shop.pass_time(days=1)
    assert close_as_never_made(merchant=counter.merchant, refund=row.id)
    assert hint(counter.account.id, made["id"])
    assert Refund.get(Refund.elsewhere).amount == 4000 and sums(order) == (4900, 4000, 0)


def look_after(counter: Counter, row: Refund) -> None:
    counter.shop.pass_time(minutes=1)
    look(row.id)


@one_store
def test_what_is_not_ours_is_left_alone(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 3000}])
    (made,) = counter.gateway_refunds(payment)
    Attempt.update(gateway_ref=f"pi_{uuid7().hex}").execute()  # as an intent of the merchant's own shop
    assert not hint(counter.account.id, made["id"]) and not Refund.select().exists()


@one_store
def test_a_hint_waits_for_its_payment(counter: Counter) -> None:
    order = counter.shop.order(8900)
    counter.fault("timeout_after", path="/v1/payment_intents", ends="/confirm")
    counter.fault("timeout_before", path="/v1/payment_intents/pi")
    payment = counter.paid(order)
    counter.control(clear=True)
    counter.control(refunds=[{"charge": counter.intent(payment), "amount": 3000}])
    (made,) = counter.gateway_refunds(payment)
    with pytest.raises(Conflict):
        hint(counter.account.id, made["id"])
    counter.shop.pass_time(seconds=4)
    counter.shop.work()
    assert hint(counter.account.id, made["id"]) and sums(order) == (5900, 3000, 0)


@one_store
def test_a_hint_that_cannot_be_read_now_says_so(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    row = counter.refund(payment, 100)
    counter.fault("http_500")
    with pytest.raises(GatewayUnreachable):
        hint(counter.account.id, str(row.gateway_ref))


@one_store
def test_pending_for_too_long_goes_to_a_person_and_may_still_end(counter: Counter) -> None:
    row = counter.refund(counter.paid(counter.shop.order(8900), token="pm_card_pendingRefund"), 900)
    assert row.state == S.PENDING
    Refund.update(state_since=row.state_since - timedelta(days=46)).where(Refund.id == row.id).execute()
    look(row.id)
    assert fresh(row).state == S.REVIEW
    counter.shop.pass_time(days=8)
    look(row.id)
    assert fresh(row).state == S.SUCCEEDED
