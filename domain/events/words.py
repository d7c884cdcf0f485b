"""What happened, in words: one sentence for every kind of event that the house writes.

tests/console/test_audit.py reads the kinds out of the source: a new one without words fails there.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from kit.i18n import _


class Act(StrEnum):
    """Kinds of acts that the trail can be narrowed to."""

    PAYMENTS = "payments"
    ORDERS = "orders"
    SCHEDULES = "schedules"
    CUSTOMERS = "customers"
    SIGN_INS = "sign_ins"
    TEAM = "team"
    SETTINGS = "settings"
    DATA = "data"
    OPERATIONS = "operations"


_NOUNS = {
    Act.PAYMENTS: ("payment", "attempt", "refund", "dispute", "recovery", "promise", "method", "brake", "difference"),
    Act.ORDERS: ("order",),
    Act.SCHEDULES: ("schedule",),
    Act.CUSTOMERS: ("customer", "contact_change", "access", "note", "desk"),
    Act.SIGN_INS: ("account",),
    Act.TEAM: ("staff", "digest"),
    Act.SETTINGS: ("business", "gateway_account", "logo", "look", "mail_text", "merchant", "policy", "portal"),
    Act.DATA: ("import", "view", "export"),
    Act.OPERATIONS: ("operation", "store"),
}


def nouns_of(act: Act) -> tuple[str, ...]:
    """The first parts of the kinds that belong to it."""
    return _NOUNS[act]


def name_of(act: Act) -> str:
    """The kind of act as a choice of the form."""
    return {
        Act.PAYMENTS: _("Payments, refunds and disputes"),
        Act.ORDERS: _("Orders"),
        Act.SCHEDULES: _("Schedules"),
        Act.CUSTOMERS: _("Customers"),
        Act.SIGN_INS: _("Customers’ sign-ins"),
        Act.TEAM: _("Team and sign-in of the team"),
        Act.SETTINGS: _("Settings"),
        Act.DATA: _("Imports, exports and saved views"),
        Act.OPERATIONS: _("Acts of the operators"),
    }[act]


def sentence(kind: str) -> str:
    """What an event of this kind says. A kind from a later release that was rolled back is shown as it is."""
    return known().get(kind, kind)


def known() -> dict[str, str]:
    """Every kind with its words, in the reader's language."""
    parts: tuple[Callable[[], dict[str, str]], ...] = (
        _money,
        _orders,
        _schedules,
        _customers,
        _accounts,
        _team,
        _settings,
        _data,
        _operations,
    )
    return {kind: words for part in parts for kind, words in part().items()}


def _money() -> dict[str, str]:
    return {
        "payment.pressed": _("Pay was pressed"),
        "payment.taken": _("A payment was taken on the customer’s word"),
        "payment.succeeded": _("A payment succeeded"),
        "payment.failed": _("A payment failed"),
        "payment.recorded": _("A payment outside the portal was recorded"),
        "payment.bounced": _("A payment outside the portal came back"),
        "payment.needs_a_person": _("A payment needs somebody to look at it"),
        "attempt.needs_a_person": _("A try needs somebody to look at it"),
        "attempt.closed_by_hand": _("A try was closed by hand as not taken; its order can be paid again"),
        "attempt.closed_without_verdict": _("A try was closed without a verdict of the processor"),
        "refund.asked": _("A refund was asked for"),
        "refund.succeeded": _("A refund was made"),
        "refund.failed": _("A refund failed"),
        "refund.made_elsewhere": _("A refund was made at the processor"),
        "refund.needs_a_person": _("A refund needs somebody to look at it"),
        "refund.closed_by_hand": _("A refund was closed by hand"),
        "dispute.opened": _("A dispute was opened"),
        "dispute.inquiry": _("A bank asked about a payment"),
        "dispute.inquiry_closed": _("A bank asks about a payment no more"),
        "dispute.won": _("A dispute was won"),
        "dispute.lost": _("A dispute was lost"),
        "dispute.decided": _("What becomes of a lost dispute was decided"),
        "dispute.needs_a_person": _("A dispute needs somebody to look at it"),
        "recovery.opened": _("An automatic payment failed, and tries were planned"),
        "recovery.closed": _("A recovery ended"),
        "recovery.exhausted": _("All automatic tries were made"),
        "recovery.stopped": _("Automatic tries were stopped"),
        "recovery.resumed": _("Automatic tries go on"),
        "recovery.try_now": _("A try was made at once"),
        "promise.made": _("The customer promised a day"),
        "promise.withdrawn": _("A promise was withdrawn or replaced"),
        "promise.kept": _("A promise was kept"),
        "promise.broken": _("A promise was not kept"),
        "method.added": _("A payment method was added"),
        "method.removed": _("A payment method was removed"),
        "method.renamed": _("A payment method got another name"),
        "method.made_default": _("A payment method was put first"),
        "method.backup_on": _("A payment method became the backup"),
        "method.backup_off": _("A payment method is no backup any more"),
        "method.not_verified": _("A payment method could not be verified"),
        "method.authority_ended": _("What a payment method allowed has ended"),
        "brake.set": _("The brake stopped automatic tries before a limit"),
        "brake.lifted": _("The brake was lifted"),
        "difference.found": _("Our books and the processor’s differ"),
        "difference.settled": _("A difference with the processor was settled"),
        "difference.settled_by_hand": _("A difference with the processor was settled by hand"),
        "store.restored": _("The store was restored from a backup"),
    }


def _orders() -> dict[str, str]:
    return {
        "order.made": _("An order was made"),
        "order.edited": _("An order was changed"),
        "order.voided": _("An order was voided"),
        "order.credited": _("A credit was given on an order"),
        "order.written_off": _("The rest of an order was written off"),
        "order.carried": _("A payment went over to another order"),
        "order.not_collectable": _("An order cannot be collected automatically"),
    }


def _schedules() -> dict[str, str]:
    return {
        "schedule.made": _("A schedule was made"),
        "schedule.paused": _("A schedule was paused"),
        "schedule.resumed": _("A schedule goes on"),
        "schedule.ended": _("A schedule was ended"),
        "schedule.amount_changed": _("The amount of a schedule was changed"),
        "schedule.amount_held": _("A schedule waits because its amount rose beyond what was agreed"),
        "schedule.date_changed": _("The day of a schedule was changed"),
        "schedule.hour_changed": _("The hour of a schedule was changed"),
        "schedule.method_changed": _("The payment method of a schedule was changed"),
        "schedule.moved": _("A run of a schedule was put off"),
        "schedule.skipped": _("A run of a schedule was left out"),
        "schedule.skip_undone": _("A run of a schedule is back"),
        "schedule.billed_early": _("A run of a schedule was billed early"),
    }


def _customers() -> dict[str, str]:
    return {
        "customer.made": _("A customer was added"),
        "customer.invited": _("A customer was invited to the portal"),
        "customer.name_changed": _("A customer’s name was changed"),
        "customer.email_changed": _("A customer’s e-mail was changed"),
        "customer.phone_changed": _("A customer’s phone was changed"),
        "customer.address_changed": _("A customer’s address was changed"),
        "customer.address_removed": _("A customer’s address was removed"),
        "customer.credited": _("A customer was given a credit"),
        "customer.noted": _("A note was written"),
        "customer.tries_paused": _("Automatic tries were paused for a customer"),
        "customer.tries_resumed": _("Automatic tries go on for a customer"),
        "customer.merged": _("Two records were merged"),
        "customer.merge_undone": _("A merge was undone"),
        "customer.not_duplicate": _("Two records were marked as different people"),
        "customer.look_began": _("The portal was seen as the customer sees it, for 15 minutes"),
        "customer.look_ended": _("Seeing the portal as the customer was stopped"),
        "contact_change.asked": _("A change of contact details was asked for"),
        "contact_change.proof": _("A new e-mail waits to be confirmed"),
        "contact_change.done": _("A change of contact details was made"),
        "contact_change.agreed": _("A change of contact details was accepted"),
        "contact_change.declined": _("A change of contact details was declined"),
        "contact_change.closed": _("A change of contact details was closed"),
        "contact_change.taken": _("A new e-mail belonged to another account already"),
        "contact_change.taken_back": _("A change of contact details was taken back"),
        "access.granted": _("An account may see a customer’s bills"),
        "access.revoked": _("An account may not see a customer’s bills any more"),
        "note.added": _("A note was written"),
        "note.made": _("A note was written"),
        "desk.taken": _("A row of Today was taken"),
        "desk.given_back": _("A row of Today was given back"),
        "desk.later": _("A row of Today was put off"),
        "desk.done": _("A row of Today was finished"),
        "desk.undone": _("A step on Today was undone"),
        "desk.asked": _("A customer was asked for a new card, from Today"),
        "desk.sent": _("A link to confirm at the bank was sent again, from Today"),
        "desk.agreed": _("A wish was agreed to, from Today"),
        "desk.declined": _("A wish was declined, from Today"),
        "desk.written_off": _("The rest of an order was written off, from Today"),
        "desk.closed": _("A refund that was never made was closed, from Today"),
        "desk.reopened": _("A row of Today was opened again"),
    }


def _accounts() -> dict[str, str]:
    return {
        "account.signed_in": _("The customer signed in"),
        "account.signed_out": _("The customer signed a device out"),
        "account.confirmed": _("The customer confirmed the mailbox"),
        "account.proved": _("The customer gave the password again"),
        "account.reset_sent": _("A reset link was sent to the customer"),
        "account.password_changed": _("The customer’s password was changed"),
        "account.email_changed": _("The customer signs in with another e-mail"),
    }


def _team() -> dict[str, str]:
    return {
        "staff.signed_in": _("Signed in"),
        "staff.proved": _("Gave the password again"),
        "staff.joined": _("Somebody was added to the team"),
        "staff.invited_again": _("An invitation to the team was sent again"),
        "staff.role_changed": _("Somebody’s role was changed"),
        "staff.left": _("Somebody was removed from the team"),
        "staff.renamed": _("Changed their own name"),
        "staff.password_changed": _("Changed their own password"),
        "staff.factor_on": _("Switched their second factor on"),
        "staff.factor_off": _("Switched their second factor off"),
        "staff.factor_reset": _("A colleague’s second factor was reset"),
        "staff.codes_renewed": _("Made new recovery codes"),
        "staff.recovery_code_used": _("Signed in with a recovery code"),
        "staff.made_operator": _("Somebody became an operator"),
        "digest.chosen": _("The hour of the daily digest was chosen"),
    }


def _settings() -> dict[str, str]:
    return {
        "business.changed": _("What is told about the business was changed"),
        "merchant.made": _("The business was set up"),
        "merchant.address_changed": _("The portal’s address was changed"),
        "look.changed": _("The colours were changed"),
        "logo.changed": _("The logo was changed"),
        "logo.removed": _("The logo was removed"),
        "policy.changed": _("The rules for automatic payments were changed"),
        "portal.changed": _("What customers may do in the portal was changed"),
        "mail_text.changed": _("The words of an e-mail were changed"),
        "mail_text.removed": _("The words of an e-mail are ours again"),
        "mail_text.tested": _("An e-mail was sent as a test"),
        "gateway_account.connected": _("The account at the payment processor was connected"),
        "gateway_account.disconnected": _("The account at the payment processor was disconnected"),
        "gateway_account.webhook_secret_changed": _("The webhook’s secret was changed"),
        "gateway_account.webhook_secret_entered": _("The webhook’s secret was entered"),
    }


def _data() -> dict[str, str]:
    return {
        "import.uploaded": _("A file to import was uploaded"),
        "import.checked": _("An import was checked"),
        "import.started": _("An import was started"),
        "import.finished": _("An import was finished"),
        "import.dropped": _("An import was dropped"),
        "view.saved": _("A view was saved"),
        "view.renamed": _("A view got another name"),
        "view.deleted": _("A view was deleted"),
        "view.weekly": _("A view is mailed every week"),
        "view.not_weekly": _("A view is not mailed any more"),
    }


def _operations() -> dict[str, str]:
    """What operators of the install do: `operation.` and a value of domain.operations.acts.Act."""
    return {
        "operation.requeue": _("An operator had a piece of work done anew"),
        "operation.discard": _("An operator discarded a piece of work"),
        "operation.reconcile": _("An operator asked the processor what became of a payment"),
        "operation.run_tick": _("An operator had a timetable’s work done at once"),
        "operation.bulk_requeue": _("An operator had many pieces of work done anew"),
        "operation.bulk_discard": _("An operator discarded many pieces of work"),
        "operation.bulk_done": _("An operator’s act on many pieces of work was gone through"),
        "operation.bulk_reconcile": _("An operator had the processor asked about many payments"),
        "operation.pause_queue": _("An operator paused a queue"),
        "operation.resume_queue": _("An operator let a queue go on"),
        "operation.suspend": _("An operator suspended the automatic payments"),
        "operation.unsuspend": _("An operator let the automatic payments go on"),
        "operation.stop_worker": _("An operator stopped a worker"),
        "operation.drain": _("An operator stopped all queues before a restart"),
        "operation.end_drain": _("An operator let all queues go on"),
        "operation.cancel_stuck": _("An operator had a payment cancelled at the processor"),
        "operation.close_not_taken": _("An operator closed a payment as not taken"),
        "operation.close_never_made": _("An operator closed a refund as never made"),
        "operation.keep_waiting": _("An operator looked at stuck money and keeps waiting"),
        "operation.settle_difference": _("An operator settled a difference with the processor by hand"),
        "operation.alarm_acknowledged": _("An operator looks after an alarm"),
        "operation.alarm_silenced": _("An operator silenced alarms for a while"),
        "operation.silence_lifted": _("An operator ended a silence of alarms"),
        "operation.limit_changed": _("An operator set another limit for alarms"),
    }
