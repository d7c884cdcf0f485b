"""A bank debit of a record that was merged comes back: the account is closed to use wherever it is stored."""

from __future__ import annotations

from domain.duplicates.merge import merge
from kit.clock import utc_now
from models.methods import Consent, MethodState
from models.payments import Payment
from tests import factory
from tests.disputes.conftest import return_late
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter


def test_an_unauthorised_return_closes_the_row_that_stayed_too(counter: Counter) -> None:
    other = counter.shop.customer
    house = other.merchant
    survivor = factory.customer(house, name="Morgan, Alex")
    staff = factory.staff(of=house).id
    mine, theirs = (factory.method(of, "pm_usBankAccount_success") for of in (survivor, other))
    assert mine.fingerprint == theirs.fingerprint
    given = factory.consented(other, theirs)
    payment = counter.paid(counter.shop.order(8900), method=theirs)
    counter.shop.pass_time(days=8)
    counter.shop.work()
    done = merge(merchant=house.id, survivor=survivor.id, absorbed=other.id, staff=staff)
    assert fresh(theirs).state == MethodState.DETACHED

    return_late(counter, payment, "R10")
    assert fresh(mine).state == MethodState.BLOCKED
    assert not Consent.select().where(Consent.revoked_at.is_null()).exists()
    factory.order(survivor, 2000, due=utc_now().date())
    counter.shop.work()
    assert Payment.select().count() == 1
    assert done and fresh(given).revoked_at is not None
