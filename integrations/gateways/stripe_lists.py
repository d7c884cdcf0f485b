"""Stripe's own lists, newest first, a hundred rows a call: the independent truth that our books are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from integrations.gateways import stripe_shapes
from integrations.gateways.base import Charge, GatewayDispute, GatewayRefund, Intent
from integrations.gateways.stripe_asking import Asking
from integrations.gateways.stripe_asking import since as created_since
from kit.deadline import Deadline


class Lists(Asking):
    """The lists of one Stripe account. Pages are asked for as they are read; the deadline is over all of them."""

    def charges(self, *, since: datetime, deadline: Deadline) -> Iterator[Charge]:
        """Every charge since a moment."""
        return self.pages(self._client.v1.charges.list, stripe_shapes.charge, created_since(since), deadline)

    def intents(self, *, since: datetime, deadline: Deadline) -> Iterator[Intent]:
        """Every intent since a moment."""
        return self.pages(self._client.v1.payment_intents.list, stripe_shapes.intent, created_since(since), deadline)

    def refunds(self, *, since: datetime, deadline: Deadline) -> Iterator[GatewayRefund]:
        """Every refund since a moment."""
        return self.pages(self._client.v1.refunds.list, stripe_shapes.refund, created_since(since), deadline)

    def disputes(self, *, since: datetime, deadline: Deadline) -> Iterator[GatewayDispute]:
        """Every dispute since a moment, each with its charge: that says whether a card or a bank account was used."""
        params = {**created_since(since), "expand": ["data.charge"]}
        return self.pages(self._client.v1.disputes.list, stripe_shapes.dispute, params, deadline)
