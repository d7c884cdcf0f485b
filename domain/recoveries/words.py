"""Why a try is planned when it is, and why none is, in the reader's language. What is stored is for the trail."""

from __future__ import annotations

from domain.recoveries.terms import Rule, Why
from kit.i18n import _


def why_words(why: str, note: str = "") -> str:
    """Why no try is planned, for the merchant's people. `note` is what was stored: it stands in for an older case."""
    table = {
        Why.SETTLED: _("Nothing is owed any more."),
        Why.EXHAUSTED: _("All tries that your policy allows were made."),
        Why.METHOD: _("The method cannot be used. A new one with consent is tried again."),
        Why.CONFIRM: _("The bank wants the customer to confirm. A link was sent."),
        Why.NETWORK: _("The card was declined too often: its network allows no further try in time."),
        Why.PROMISE: _("The customer has promised to pay. We wait until then."),
        Why.CONSENT: _("There is no consent for an automatic payment."),
        Why.AMOUNT: _("A part is paid. A returned bank debit may only be repeated over the same amount."),
        Why.TOO_SMALL: _("The rest is too small to be charged by itself. It goes with the next payment."),
        Why.AHEAD: _("The order's own automatic payment is still ahead."),
        Why.REFUSED: _("The payment processor refuses to be asked for this payment."),
        Why.MERCHANT: _("One of your people has stopped the tries."),
    }
    return next((words for key, words in table.items() if key == why), note)


def rule_words(rule: str) -> str:
    """What chose the moment of a planned try, in a few words; nothing for one of an older version."""
    table = {
        Rule.POLICY: _("by your policy"),
        Rule.PAYDAY: _("near a payday"),
        Rule.BANKING_DAY: _("on the next banking day"),
        Rule.WAIT: _("when the network lets us"),
        Rule.NETWORK: _("when the card has a try left"),
        Rule.BACKUP: _("with the customer's backup"),
        Rule.PROMISE: _("on the promised day"),
        Rule.OUTAGE: _("after an outage"),
        Rule.PAUSED: _("when the pause of this customer's tries ends"),
        Rule.STOPPED: _("waits: automatic bank debits are stopped, and are asked again that day"),
    }
    return next((words for key, words in table.items() if key == rule), "")
