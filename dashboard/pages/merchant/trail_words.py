"""What happened, in words of the merchant's people: mails, events of the trail, payments. Shared by several pages."""

from __future__ import annotations

from dataclasses import dataclass

from domain.events.words import sentence
from kit.i18n import _


@dataclass(frozen=True)
class Words:
    """A title, a pill's tone (bad, warn, good, info, plain), an icon's name."""

    title: str
    tone: str = "plain"
    icon: str = "info-circle"


def mail_name(template: str) -> str:
    """What an e-mail is called."""
    names = {
        "confirm": _("Please confirm your address"),
        "reset": _("New password"),
        "sign_in_link": _("Link to sign in"),
        "invite": _("Invitation to the portal"),
        "security_change": _("Something about the sign-in changed"),
        "new_email": _("Please confirm the new address"),
        "contact_change": _("About a wish for other contact details"),
        "payment_failed": _("Payment failed"),
        "confirm_at_bank": _("Please confirm at your bank"),
        "bank_debit_on_its_way": _("Bank debit on its way"),
        "receipt": _("Receipt"),
        "refund": _("Refund"),
        "returned": _("Payment came back"),
        "dispute": _("Dispute"),
        "new_order": _("New bill"),
        "method_needed": _("Payment method needed"),
        "before_charge": _("What will be charged"),
        "schedule_changed": _("Schedule changed"),
        "card_expiring": _("Card expires soon"),
        "run_changed": _("A coming bill changed"),
    }
    return names.get(template, template)


def delivery_words(delivery: str) -> tuple[str, str]:
    """What became of a mail, and the tone of it. Accepted is all that a mail service tells us."""
    return {
        "waiting": (_("waits to be sent"), "plain"),
        "accepted": (_("accepted by the mail service"), "plain"),
        "failed": (_("bounced or refused"), "bad"),
        "not_needed": (_("not needed any more, not sent"), "plain"),
    }.get(delivery, (delivery, "plain"))


def payment_words(stage: str) -> Words:
    """Where a payment stands."""
    return {
        "asking": Words(_("Payment is being asked for"), "info", "credit-card"),
        "checking": Words(_("Payment is checked with the bank: outcome unknown"), "warn", "hourglass-split"),
        "confirm": Words(_("Payment waits for the customer to confirm at the bank"), "warn", "hourglass-split"),
        "pending": Words(_("Payment is on its way"), "info", "hourglass-split"),
        "received": Words(_("Paid"), "good", "check-circle"),
        "declined": Words(_("Payment failed"), "bad", "x-circle"),
        "expired": Words(_("Payment was not confirmed in time"), "bad", "x-circle"),
        "cancelled": Words(_("Payment was not made"), "plain", "dash-circle"),
        "returned": Words(_("Payment came back"), "bad", "arrow-counterclockwise"),
    }[stage]


def stage_read(stage: str) -> str:
    """What the customer reads about a payment at this stage, in short."""
    return {
        "asking": _("“Asking your bank”"),
        "checking": _("“Checking with your bank”: the customer cannot pay it again meanwhile"),
        "confirm": _("“Confirm at your bank”, with the way there"),
        "pending": _("“On its way”, with the day by which it is final"),
        "received": _("“Paid”, with the receipt"),
        "declined": _("“Your payment did not go through”, why, and what helps"),
        "expired": _("“Not confirmed in time”, nothing was taken, and the way to try again"),
        "cancelled": _("“Not made”, nothing was taken"),
        "returned": _("“Came back”: it is owed again"),
    }[stage]


def origin_words(origin: str) -> str:
    """What started a payment."""
    return {
        "portal": _("by the customer in the portal"),
        "fix_it": _("by the customer, through the link in the mail"),
        "automatic": _("automatically, on the due day"),
        "retry": _("automatically, as a retry"),
        "merchant": _("by your team"),
        "import": _("imported"),
    }.get(origin, origin)


def outside_words(kind: str) -> str:
    """How money came outside the gateway."""
    return {
        "cash": _("Cash"),
        "cheque": _("Cheque"),
        "transfer": _("Bank transfer"),
        "import": _("Imported as paid"),
    }.get(kind, kind)


def actor_words(actor: str, name: str = "") -> str:
    """Who did something."""
    if name:
        return name
    return {
        "customer": _("the customer"),
        "staff": _("your team"),
        "operator": _("an operator"),
        "clock": _("by itself"),
        "gateway": _("the payment processor"),
        "command": _("a command of the operator"),
    }.get(actor, actor)


def event_words(kind: str) -> Words:
    """An event of the trail; one that has none of its own here is told as in the audit."""
    known = {**_of_money(), **_of_people(), **_of_methods()}.get(kind)
    if known is not None:
        return known
    icon = {"method": "credit-card", "account": "person", "customer": "person-vcard"}.get(kind.partition(".")[0])
    return Words(sentence(kind), "plain", icon or "info-circle")


def _of_money() -> dict[str, Words]:
    return {
        "order.made": Words(_("Order made"), "plain", "bag"),
        "order.carried": Words(_("Rest too small: carried to the next payment"), "plain", "bag"),
        "order.not_collectable": Words(_("Order could not be charged by itself"), "warn", "bag"),
        "order.voided": Words(_("Order voided"), "plain", "bag"),
        "order.edited": Words(_("Order changed"), "plain", "pencil"),
        "order.credited": Words(_("Credit used"), "plain", "wallet2"),
        "payment.taken": Words(_("Payment taken on the customer’s word"), "plain", "credit-card"),
        "payment.bounced": Words(_("Recorded payment taken back"), "bad", "arrow-counterclockwise"),
        "recovery.try_now": Words(_("Try brought forward"), "plain", "play"),
        "recovery.stopped": Words(_("Tries stopped by your team"), "warn", "pause"),
        "recovery.resumed": Words(_("Tries go on"), "plain", "arrow-repeat"),
        "order.written_off": Words(_("Order written off"), "plain", "bag"),
        "payment.returned": Words(_("Payment came back"), "bad", "arrow-counterclockwise"),
        "payment.needs_a_person": Words(_("Payment needs a person"), "warn", "exclamation-triangle"),
        "attempt.needs_a_person": Words(_("Outcome unknown for a day: an operator looks"), "warn", "hourglass-split"),
        "attempt.closed_without_verdict": Words(_("Closed without a word from the bank"), "plain", "dash-circle"),
        "recovery.opened": Words(_("Recovery opened"), "warn", "activity"),
        "recovery.closed": Words(_("Recovery closed"), "plain", "activity"),
        "recovery.exhausted": Words(_("Recovery given up: all tries were made"), "bad", "activity"),
        "refund.asked": Words(_("Refund asked for"), "plain", "arrow-counterclockwise"),
        "refund.made_elsewhere": Words(_("Refund made at the processor"), "plain", "arrow-counterclockwise"),
        "refund.needs_a_person": Words(_("Refund needs a person"), "warn", "arrow-counterclockwise"),
        "dispute.inquiry": Words(_("The bank asks about a payment"), "info", "bank"),
        "dispute.opened": Words(_("Dispute opened"), "warn", "bank"),
        "dispute.won": Words(_("Dispute won"), "good", "bank"),
        "dispute.lost": Words(_("Dispute lost"), "bad", "bank"),
        "schedule.made": Words(_("Schedule made"), "plain", "calendar-event"),
        "schedule.method_changed": Words(_("Schedule: other payment method"), "plain", "calendar-event"),
        "schedule.paused": Words(_("Schedule paused"), "plain", "calendar-event"),
        "schedule.resumed": Words(_("Schedule goes on"), "plain", "calendar-event"),
        "schedule.ended": Words(_("Schedule ended"), "plain", "calendar-event"),
        "schedule.skipped": Words(_("A coming bill is left out"), "plain", "calendar-event"),
        "schedule.moved": Words(_("A coming bill was put off"), "plain", "calendar-event"),
        "promise.made": Words(_("Promised to pay"), "info", "calendar-event"),
        "promise.kept": Words(_("Promise kept"), "good", "calendar-event"),
        "promise.broken": Words(_("Promise broken"), "bad", "calendar-event"),
        "promise.withdrawn": Words(_("Promise withdrawn or replaced"), "plain", "calendar-event"),
        "customer.credited": Words(_("Credit given"), "plain", "cash-coin"),
    }


def _of_people() -> dict[str, Words]:
    return {
        "account.signed_in": Words(_("Signed in"), "info", "person"),
        "account.signed_out": Words(_("Signed out"), "plain", "person"),
        "account.confirmed": Words(_("Account confirmed"), "good", "person"),
        "account.password_changed": Words(_("Password changed"), "plain", "key"),
        "account.reset_sent": Words(_("Link for a new password sent"), "plain", "key"),
        "account.email_changed": Words(_("E-mail of the account changed"), "plain", "envelope"),
        "access.granted": Words(_("Account may act for this customer"), "plain", "link-45deg"),
        "access.revoked": Words(_("Account may not act for this customer any more"), "plain", "link-45deg"),
        "customer.made": Words(_("Record made"), "plain", "person-plus"),
        "customer.name_changed": Words(_("Name changed"), "plain", "pencil"),
        "customer.phone_changed": Words(_("Phone changed"), "plain", "telephone"),
        "customer.invited": Words(_("Invited to make an account"), "plain", "envelope"),
        "customer.tries_paused": Words(_("Automatic tries paused"), "warn", "pause"),
        "note.added": Words(_("Note added"), "plain", "journal-text"),
        "customer.merged": Words(_("Another record became part of this one"), "plain", "intersect"),
        "customer.merge_undone": Words(_("Merge undone"), "plain", "intersect"),
        "customer.email_changed": Words(_("E-mail changed"), "plain", "person-vcard"),
        "customer.address_changed": Words(_("Address changed"), "plain", "geo-alt"),
        "customer.address_removed": Words(_("Address removed"), "plain", "geo-alt"),
        "contact_change.asked": Words(_("Asked for other contact details"), "info", "person-vcard"),
        "contact_change.made": Words(_("Contact details changed"), "plain", "person-vcard"),
        "contact_change.done": Words(_("Wish for other contact details granted"), "plain", "person-vcard"),
        "contact_change.closed": Words(_("Wish for other contact details closed"), "plain", "person-vcard"),
        "contact_change.taken_back": Words(_("Wish for other contact details taken back"), "plain", "person-vcard"),
    }


def _of_methods() -> dict[str, Words]:
    return {
        "method.added": Words(_("Payment method added"), "good", "credit-card"),
        "method.removed": Words(_("Payment method removed"), "plain", "credit-card"),
        "method.renamed": Words(_("Payment method renamed"), "plain", "credit-card"),
        "method.made_default": Words(_("Another payment method is the default"), "plain", "credit-card"),
        "method.backup_on": Words(_("Backup allowed"), "good", "credit-card"),
        "method.backup_off": Words(_("Backup taken back"), "plain", "credit-card"),
        "method.authority_ended": Words(_("A bank account's authorization ended"), "warn", "bank"),
        "method.not_verified": Words(_("Bank account was not verified"), "warn", "bank"),
    }
