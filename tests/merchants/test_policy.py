"""What a merchant decides about collecting is kept, bounded, and told in the trail."""

import pytest

from domain.events.record import Actor
from domain.merchants.policy import change_policy, policy_of
from kit.errors import DomainError
from models.merchants import EndAction, MerchantPolicy
from models.work import Event
from tests import factory


def test_nothing_decided_are_the_defaults(sqlite_store, clock):
    shop = factory.merchant()
    MerchantPolicy.delete().execute()
    policy = policy_of(shop.id)
    assert (policy.tries, policy.window_days, policy.bank_tries, policy.end_action) == (8, 27, 2, EndAction.LEAVE)
    assert len(policy.spacing) == policy.tries and policy.spacing[-1] <= policy.window_days
    assert sum(day <= 10 for day in policy.spacing) > policy.tries // 2  # most of them in the first ten days


def test_a_change_keeps_the_rest_and_stands_in_the_trail(store, clock):
    shop = factory.merchant()
    MerchantPolicy.delete().execute()
    for tries in (4, 5):
        change_policy(merchant=shop.id, actor=Actor.COMMAND, tries=tries, spacing=(1, 4), end_action=EndAction.PAUSE)
    kept = policy_of(shop.id)
    assert (kept.tries, kept.spacing, kept.end_action, kept.window_days) == (5, (1, 4), EndAction.PAUSE, 27)
    assert (MerchantPolicy.select().count(), Event.select().where(Event.kind == "policy.changed").count()) == (1, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("tries", 21), ("bank_tries", 3), ("hour", 24), ("spacing", (3, 1)), ("window_days", 0), ("part_floor", -1)],
)
def test_what_is_out_of_bounds_names_its_field_and_changes_nothing(sqlite_store, clock, field, value):
    shop = factory.merchant()
    before = policy_of(shop.id)
    with pytest.raises(DomainError) as refused:
        change_policy(merchant=shop.id, actor=Actor.COMMAND, **{field: value})
    assert (refused.value.field, policy_of(shop.id)) == (field, before)
