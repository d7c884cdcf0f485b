"""Two files of cards that are brought in at the same time and say different things of one card."""

from __future__ import annotations

import pytest

from domain.imports.methods import _keep
from domain.payments.at_gateway import gateway_for
from kit.deadline import Deadline
from kit.errors import DomainError
from models.customers import GatewayCustomer
from models.methods import PaymentMethod
from sandbox.inprocess import InProcess
from tests import factory


def test_the_file_that_was_faster_is_believed_and_the_other_row_refused(store: str, sandbox: InProcess) -> None:
    house = factory.merchant()
    one, other = factory.customer(house), factory.customer(house)
    card, account = factory.method(one), factory.gateway_account(house)
    details = gateway_for(account).read_method(card.gateway_ref, deadline=Deadline.within(15))
    assert _keep(account, one, details) == card.id, "the same row in both"
    with pytest.raises(DomainError, match="another customer"):
        _keep(account, other, details)
    GatewayCustomer.delete().execute()
    with pytest.raises(DomainError, match="another customer"):
        _keep(account, other, details)
    assert [row.customer_id for row in PaymentMethod.select()] == [one.id]
