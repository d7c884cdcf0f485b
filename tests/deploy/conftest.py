"""A shop whose store is copied and made anew."""

from tests.payments.conftest import shop

__all__ = ["shop"]
