"""The rule for parts that holds at a merchant."""

from __future__ import annotations

from domain.merchants.policy import policy_of
from domain.payments.parts import Rule, rule_of
from kit.money import Money
from models.merchants import Merchant


def rule_at(merchant: Merchant, currency: str) -> Rule:
    """Whether and how small parts may be at this merchant, in this currency. One query."""
    policy = policy_of(merchant.id)
    floor = Money(policy.part_floor, merchant.currency)
    return rule_of(offered=policy.part_payments, floor=floor, currency=currency)


def rule_of_ours(currency: str) -> Rule:
    """The rule for a part that the merchant's people take: whatever the processor can charge, now and for the rest."""
    return rule_of(offered=True, floor=Money(0, currency), currency=currency)
