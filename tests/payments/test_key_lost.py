"""The install's key has changed without its fallback: nothing is charged, and "unknown" still ends with a person."""

from dataclasses import replace

import pytest

from kit import config
from models.payments import AttemptState, OrderHold
from tests.payments.conftest import Shop, attempt_of

S = AttemptState


@pytest.fixture
def lose_the_key(settings: config.Settings) -> object:
    """Takes the key away once it is called."""
    return lambda: config.use(replace(config.settings(), secret_key="x" * 40))


def test_a_press_ends_as_nothing_taken(shop: Shop, lose_the_key) -> None:
    order, card = shop.order(), shop.method()
    lose_the_key()
    asked = shop.press(card, order)
    assert (attempt_of(asked).state, OrderHold.select().count(), shop.charged()) == (S.CANCELLED, 0, 0)


def test_an_unknown_outcome_goes_to_a_person_after_a_day_and_is_found_when_the_key_is_back(
    shop: Shop, lose_the_key
) -> None:
    order, card = shop.order(), shop.method()
    whole = config.settings()
    shop.sandbox.control(fault={"mode": "timeout_after", "path": "/v1/payment_intents", "ends": "/confirm"})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_"})
    asked = shop.press(card, order)
    shop.sandbox.control(clear=True)
    lose_the_key()
    for _ in range(12):
        shop.pass_time(hours=6)
        shop.work()
    assert attempt_of(asked).state == S.REVIEW
    config.use(whole)
    shop.pass_time(days=1)
    shop.work()
    assert (attempt_of(asked).state, shop.charged()) == (S.SUCCEEDED, 8900)
