"""What the demo needs of a stand-in for the processor. manage.py and tests give one; whose it is, nobody here knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from stripe import HTTPClient


class Bank(Protocol):
    """A processor whose cards can be made up and whose day can be moved. `account` is a merchant's account there."""

    def http(self) -> HTTPClient:
        """The transport that reaches it."""

    def add_card(  # noqa: PLR0917 - one card's facts
        self, account: str, customer: str, like: str, number: str, exp_year: int, exp_month: int, holder: str
    ) -> str:
        """Saves a card that behaves like the named test card; answers its id."""

    def add_bank_account(self, account: str, customer: str, number: str, holder: str) -> str:
        """Saves a verified bank account with a mandate; answers its id."""

    def script(self, method: str, steps: list[str], *, for_good: bool = False) -> None:
        """What the method's next payments do; no steps: what its kind does by itself."""

    def stand_at(self, moment: datetime) -> None:
        """Its day stands still at a moment."""

    def run_ahead(self, ahead: timedelta) -> None:
        """Its day is real time plus `ahead`."""

    def control(self, **wish: Any) -> Any:
        """What happens to charges afterwards: disputes, late returns."""

    def cards(self) -> Mapping[str, Any]:
        """The test cards and bank accounts, with what each does."""
