"""The letter before a card ends: once for the card and its end, only if something stands on it (case 24)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.mail.send import send
from domain.methods.backup import switch_on
from domain.methods.expiring import remind
from domain.methods.listing import listed
from domain.methods.move import move
from domain.methods.remove import remove
from models.methods import PaymentMethod
from models.work import Mail, MailState
from sandbox.inbox.catcher import Catcher
from sandbox.inbox.letters import Letters
from tests.mail.conftest import catcher, letters  # noqa: F401 - fixtures
from tests.methods.conftest import Wallet


def ends(card: PaymentMethod, year: int, month: int) -> PaymentMethod:
    """The card as its holder has it."""
    PaymentMethod.update(exp_year=year, exp_month=month).where(PaymentMethod.id == card.id).execute()
    return PaymentMethod.get_by_id(card.id)


def queued() -> list[Mail]:
    return list(Mail.select().where(Mail.template == "card_expiring"))


def test_case_24_one_letter_thirty_days_before_the_end(one_wallet: Wallet) -> None:
    card = ends(one_wallet.card(), 2026, 12)
    one_wallet.membership(card)
    one_wallet.clock.set(datetime(2026, 11, 30, 23, tzinfo=UTC))
    assert remind() == "0 told", "31 days before"
    one_wallet.clock.set(datetime(2026, 12, 1, 3, 50, tzinfo=UTC))
    assert remind() == "1 told"
    assert [mail.due_at for mail in queued()] == [datetime(2026, 12, 1, 12, tzinfo=UTC)], "at 7:00 in New York"
    assert remind() == "0 told"
    one_wallet.clock.set(datetime(2026, 12, 20, 15, tzinfo=UTC))
    assert remind() == "0 told" and len(queued()) == 1
    ends(card, 2027, 2)
    assert remind() == "0 told", "the new one is good for long"
    one_wallet.clock.set(datetime(2027, 2, 5, 15, tzinfo=UTC))
    assert remind() == "1 told" and len(queued()) == 2, "another end is another letter"


def test_case_24_nothing_for_a_card_on_which_nothing_stands(one_wallet: Wallet) -> None:
    ends(one_wallet.card(), 2026, 11)
    dead = ends(one_wallet.card("pm_card_amex"), 2026, 10)
    one_wallet.membership(dead)
    assert remind() == "0 told", "one backs nothing, the other has ended already"


def test_case_24_a_backup_is_told_too(one_wallet: Wallet) -> None:
    one_wallet.card()
    spare = ends(one_wallet.card("pm_card_mastercard"), 2026, 12)
    switch_on(customer=one_wallet.customer.id, method=spare.id)
    one_wallet.clock.set(datetime(2026, 12, 2, 15, tzinfo=UTC))
    assert remind() == "1 told" and str(spare.id) in queued()[0].facts


@pytest.mark.parametrize("how", ["moved", "removed", "renewed"])
def test_case_24_none_after_a_replacement_even_when_the_letter_waits(one_wallet: Wallet, how: str) -> None:
    card = ends(one_wallet.card(), 2026, 11)
    gym = one_wallet.membership(card)
    assert remind() == "1 told"
    other = one_wallet.card("pm_card_mastercard")
    if how == "moved":
        move(customer=one_wallet.customer.id, method=other.id, schedules=[gym.id])
    elif how == "removed":
        remove(customer=one_wallet.customer.id, method=card.id, replacement=other.id, next_default=other.id)
    else:
        ends(card, 2030, 11)
    send(queued()[0].id)
    assert queued()[0].state == MailState.SUPPRESSED and remind() == "0 told"


def test_the_letter_names_what_stands_on_the_card_and_leads_to_the_methods(
    one_wallet: Wallet,
    catcher: Catcher,  # noqa: F811
    letters: Letters,  # noqa: F811
) -> None:
    one_wallet.membership(ends(one_wallet.card(), 2026, 11))
    remind()
    send(queued()[0].id)
    (mail,) = letters.newest()
    assert mail.subject.endswith("Visa ending 4242 ends soon")
    assert "Visa ending 4242 is good until Monday 30 November." in mail.text
    assert "Monthly membership, next on Thursday 3 December" in mail.text
    assert f"/p/{one_wallet.customer.merchant.slug}/methods" in mail.text


def test_the_list_warns_and_names_what_will_fail(one_wallet: Wallet) -> None:
    one_wallet.membership(ends(one_wallet.card(), 2026, 11))
    (one,) = listed(one_wallet.customer.id, today=one_wallet.clock().date())
    assert one.warnings == ("Expires 11/26; it is used for Monthly membership, next on Thursday 3 December",)
