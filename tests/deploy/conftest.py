"""A shop whose store is copied and made anew, and a queue beside it."""

from tests.payments.conftest import shop
from tests.workers.conftest import queue, valkey_socket

__all__ = ["queue", "shop", "valkey_socket"]
