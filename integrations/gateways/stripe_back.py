"""Stripe: money that goes back. Refunds are ours or made elsewhere; disputes are made by banks."""

from __future__ import annotations

from typing import Any

from integrations.gateways import stripe_shapes
from integrations.gateways.base import GatewayDispute, GatewayRefund
from integrations.gateways.stripe_asking import Asking, data
from kit.deadline import Deadline
from kit.money import Money


class Back(Asking):
    """Refunds and disputes of one Stripe account."""

    def create_refund(
        self, *, key: str, intent: str, amount: Money, refund: str, install: str, deadline: Deadline
    ) -> GatewayRefund:
        """Gives money back. `refund` is our row's id, kept in the metadata. An answer about something else is none."""
        params: Any = {
            "payment_intent": intent,
            "amount": amount.minor,
            "metadata": {"settle_refund": refund, "settle_install": install},
        }

        def call() -> GatewayRefund:
            made = stripe_shapes.refund(data(self._client.v1.refunds.create(params, {"idempotency_key": key})))
            if (made.amount, made.intent, made.refund, made.install) != (amount, intent, refund, install):
                raise ValueError("the answer is about something else")
            return made

        return self.ask(call, deadline)

    def read_refund(self, refund: str, *, deadline: Deadline) -> GatewayRefund:
        """The refund as it stands now."""

        def call() -> GatewayRefund:
            found = stripe_shapes.refund(data(self._client.v1.refunds.retrieve(refund)))
            if found.id != refund:
                raise ValueError("the answer is about another refund")
            return found

        return self.ask(call, deadline)

    def refunds_of(self, intent: str, *, deadline: Deadline) -> list[GatewayRefund]:
        """Every refund of an intent, whoever made it, newest first."""
        return list(
            self.pages(self._client.v1.refunds.list, stripe_shapes.refund, {"payment_intent": intent}, deadline)
        )

    def read_dispute(self, dispute: str, *, deadline: Deadline) -> GatewayDispute:
        """The dispute as it stands now. The charge comes along: it says whether a card or a bank account was used."""
        parts: Any = {"expand": ["charge"]}

        def call() -> GatewayDispute:
            found = stripe_shapes.dispute(data(self._client.v1.disputes.retrieve(dispute, parts)))
            if found.id != dispute:
                raise ValueError("the answer is about another dispute")
            return found

        return self.ask(call, deadline)
