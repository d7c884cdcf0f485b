"""What is said of an alarm: on the screen, in a letter, to the webhook, by the command. Ids, counts and codes only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.operations.alarms.rules import RULES, Reading, Rule, Unit
from domain.operations.alarms.touching import touching
from domain.operations.spans import span
from domain.operations.whose import Whose
from kit.i18n import _, ngettext


@dataclass(frozen=True)
class Words:
    """The heading names what is wrong. The sentences say who is touched, what is lost (nothing), what to do."""

    heading: str
    sentence: str


def said(reading: Reading, *, customers: int, merchant: str = "") -> Words:
    """An alarm in words. `merchant`: the name of the one that it is about, or empty."""
    rule = RULES[reading.rule]
    return Words(_heading(rule, reading, merchant), " ".join((*touching(rule, customers), _do(rule, reading))))


def whose(value: Whose) -> str:
    """Where the cause is looked for first."""
    return {Whose.OURS: _("Ours"), Whose.THEIRS: _("Theirs"), Whose.ONE_MERCHANT: _("One merchant")}[value]


def measured(rule: Rule, value: int) -> str:
    """A value or a limit as people write it."""
    match rule.unit:
        case Unit.SECONDS:
            return span(timedelta(seconds=value))
        case Unit.PERCENT:
            return _("%(n)d %%") % {"n": value}
        case Unit.MEGABYTES:
            return _("%(n)d MB") % {"n": value}
        case Unit.MILLISECONDS:
            return _("%(n)d ms") % {"n": value}
        case _:
            return str(value)


def _heading(rule: Rule, seen: Reading, merchant: str) -> str:
    values = {
        "age": measured(rule, seen.value),
        "value": measured(rule, seen.value),
        "n": seen.value,
        "subject": seen.subject,
        "merchant": merchant or _("a merchant"),
        "here": seen.facts.get("here", ""),
        "wanted": seen.facts.get("wanted", ""),
        "is": seen.facts.get("is", ""),
        "name": merchant or seen.facts.get("name", seen.subject),
    }
    return _template(rule.name, seen, seen.value) % values


def _template(name: str, seen: Reading, n: int) -> str:
    late, rest = _late(), _others(seen)
    if name in late:
        return late[name]
    return rest[name] if name in rest else _counted(name, seen, n)


def _late() -> Mapping[str, str]:
    return {
        "confirmation_mail_late": _("Confirmation mail is late: the oldest waits for %(age)s"),
        "mail_late": _("Mail is late: the oldest letter has been due for %(age)s"),
        "collects_late": _("Automatic payments are late: the oldest has been due for %(age)s"),
        "retries_late": _("The retry wave is late: the oldest try has been due for %(age)s"),
        "outcomes_late": _("Outcomes are asked about late: the oldest has been due for %(age)s"),
        "webhooks_late": _("Webhooks are applied late: the oldest waits for %(age)s"),
        "refunds_late": _("Refunds are late: the oldest has been due for %(age)s"),
        "schedules_late": _("Schedules are billed late: the oldest has been due for %(age)s"),
        "promises_late": _("Promises are judged late: the oldest has been due for %(age)s"),
        "methods_late": _("Removed payment methods are forgotten late: the oldest has been due for %(age)s"),
        "figures_late": _("Figures are counted late: the oldest day has waited for %(age)s"),
        "imports_late": _("Imports are late: the oldest has waited for %(age)s"),
        "ticks_late": _("The timetable is late: the oldest line has been due for %(age)s"),
        "alarm_calls_late": _("Calls to the alarm webhook are late: the oldest has been due for %(age)s"),
    }


def _others(seen: Reading) -> Mapping[str, str]:
    never = bool(seen.facts.get("never"))
    drain = bool(seen.facts.get("drain"))
    return {
        "worker_silent": _("Worker %(subject)s has been silent for %(age)s"),
        "workers_missing": _("Queue “%(subject)s” has %(here)s of %(wanted)s workers"),
        "queue_unmanned": _("No worker serves the queue “%(subject)s”, and its work waits for %(age)s"),
        "clock_late": _("The clock has never gone round") if never else _("The clock has not gone round for %(age)s"),
        "redis_away": _("Redis does not answer: queues and workers cannot be seen"),
        "redis_unsafe": _("Redis may lose what it is given: %(subject)s is “%(is)s”"),
        "disk_low": _("The disk of %(subject)s is nearly full: %(value)s are free"),
        "stop_lasts": _("Work has been drained for %(age)s: %(name)s") if drain else _("Stopped for %(age)s: %(name)s"),
        "gateway_slow": _("The processor of %(merchant)s answers slowly: 5 in 100 calls take longer than %(value)s"),
        "gateway_silent": _("The processor of %(merchant)s does not answer %(value)s of the calls"),
        "webhooks_silent": _("No webhook for %(merchant)s for %(age)s"),
        "unknown_long": _("The outcome of a refund has not been known for %(age)s")
        if seen.subject == "refund"
        else _("The outcome of a payment has not been known for %(age)s"),
    }


def _counted(name: str, seen: Reading, n: int) -> str:
    match name:
        case "review" if seen.subject == "refund":
            return ngettext("%(n)d refund needs a person", "%(n)d refunds need a person", n)
        case "review":
            return ngettext("%(n)d payment needs a person", "%(n)d payments need a person", n)
        case "failed_bug":
            return ngettext(
                "A mistake of ours stopped %(n)d payment in a day",
                "A mistake of ours stopped %(n)d payments in a day",
                n,
            )
        case "invariant_broken":
            return ngettext("%(n)d promise about money is broken", "%(n)d promises about money are broken", n)
        case "difference_open":
            return ngettext(
                "Our books and the processor of %(merchant)s differ in %(n)d place",
                "Our books and the processor of %(merchant)s differ in %(n)d places",
                n,
            )
        case "jobs_fail":
            return ngettext(
                "“%(subject)s” failed %(n)d time in an hour", "“%(subject)s” failed %(n)d times in an hour", n
            )
        case "key_refused":
            return ngettext(
                "The processor refuses the key of %(merchant)s: %(n)d call in ten minutes",
                "The processor refuses the key of %(merchant)s: %(n)d calls in ten minutes",
                n,
            )
        case "mail_relay":
            return ngettext(
                "The mail relay does not take our mail: %(n)d letter waits",
                "The mail relay does not take our mail: %(n)d letters wait",
                n,
            )
        case _:
            return ngettext(
                "The mail relay refused %(n)d letter in an hour", "The mail relay refused %(n)d letters in an hour", n
            )


def _do(rule: Rule, seen: Reading) -> str:
    if rule.kind is not None:
        return _("See whether its workers run and what their jobs say.")
    return {
        "review": _("Decide at the desk for stuck money, with the processor’s evidence beside ours."),
        "unknown_long": _(
            "Workers keep asking. Look at the processor’s status page, then at the desk for stuck money."
        ),
        "failed_bug": _("Read the error of the job and report it; the payment was not made and can be made anew."),
        "invariant_broken": _(
            "Run “python manage.py check-invariants”: it names each row. Nothing repairs it by itself."
        ),
        "difference_open": _(
            "Settle each at the processor or by a person’s entry; “python manage.py reconcile” looks again."
        ),
        "worker_silent": _(
            "Its row is claimed again when its lease ends. The supervisor starts a new worker by itself."
        ),
        "workers_missing": _("See why the supervisor does not start it again."),
        "queue_unmanned": _("Start a worker: “python -m workers %(queue)s”.") % {"queue": seen.subject},
        "clock_late": _("Nothing new is started until it runs: start “python -m workers clock”."),
        "redis_away": _(
            "After half a minute the clock does the work by itself, one row after another. Start Redis again."
        ),
        "redis_unsafe": _("Set it right in the configuration of Redis."),
        "disk_low": _("Make room before the store can no longer be written."),
        "jobs_fail": _("Read the error on the page of one of these jobs."),
        "stop_lasts": _("Let it go on if it was forgotten."),
        "gateway_slow": _("Nothing is to be done here while it answers. Look at the processor’s status page."),
        "gateway_silent": _(
            "Unknown outcomes are asked about, never charged again. Look at the processor’s status page."
        ),
        "key_refused": _("The merchant must enter a key that works."),
        "webhooks_silent": _(
            "Outcomes are asked about all the same, only later. See whether the endpoint is set right."
        ),
        "mail_relay": _("Letters are tried again for five days. See whether the relay is up and lets us in."),
        "mail_refused": _("These letters are not tried again. See why the relay refuses them."),
    }[rule.name]
