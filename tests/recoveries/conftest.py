"""The shop of the payment tests, for recoveries."""

from __future__ import annotations

from tests.payments.conftest import shop

__all__ = ["shop"]
