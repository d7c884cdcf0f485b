"""What tests of operations share."""

from __future__ import annotations

from tests.payments.conftest import shop

__all__ = ["shop"]
