"""What operators need: how work ran and how fast, what they stopped, what they decided, what they were alarmed by.

Nothing here decides about money. Measures may be lost with a killed process (seconds of them); the work they are about
is in its own rows.
"""

from __future__ import annotations

from enum import StrEnum

from peewee import SQL, BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.base import Row
from models.fields import Choice, Minor, UtcDateTime
from models.merchants import Merchant, Staff
from models.payments import Attempt, Refund
from models.work import Difference


class Span(StrEnum):
    """For how long a measure stands. Minutes are kept for two days, hours for 40 days; EVER is never deleted."""

    MINUTE = "minute"
    HOUR = "hour"
    EVER = "ever"  # what Prometheus' counters are read from: they only grow


class Measured(Row):
    """How often something happened in a span and how long it took, by bucket: written in batches, added up.

    `what` is kit.measure.What, `who` a kind of work, a queue or a processor account's id. `bucket` is the place in
    kit.measure.BOUNDS (the last holds all that took longer); 0 for what has no duration.
    """

    what = CharField(max_length=24)
    who = CharField(max_length=40)
    span = Choice(Span)
    at = UtcDateTime()  # the span's first moment; for EVER the epoch
    bucket = IntegerField()
    n = BigIntegerField()
    ms = BigIntegerField()

    class Meta:
        indexes = ((("span", "at", "what", "who", "bucket"), True), (("what", "who", "span", "at"), False))


class RunState(StrEnum):
    """How a run of work ended. An error is OPEN until the row was done later or somebody settled it."""

    DONE = "done"
    OPEN = "open"
    LATER = "later"  # failed, and a later run of the same row succeeded
    DISCARDED = "discarded"


class JobRun(Row):
    """One run of a row of work: by a job, a wave or the clock itself. Kept 3 days when done, 30 when it failed."""

    kind = CharField(max_length=16)  # domain.work.wake.Work
    row_id = CharField(max_length=36)
    queue = CharField(max_length=16)
    worker = CharField(max_length=80, default="")  # workers.worker.worker_name, or clock@host#pid
    by = CharField(max_length=8)  # job, wave, clock
    state = Choice(RunState)
    ended_at = UtcDateTime()
    wait_ms = BigIntegerField(null=True)  # in the queue; null for what did not come through one
    run_ms = BigIntegerField()
    merchant = ForeignKeyField(Merchant, null=True)
    customer_id = CharField(max_length=36, null=True)
    order_id = CharField(max_length=36, null=True)
    payment_id = CharField(max_length=36, null=True)
    error = CharField(max_length=80, default="")  # the exception's type
    error_group = CharField(max_length=16, default="")  # the same for the same place in the code
    message = CharField(max_length=300, default="")  # redacted
    trace = TextField(default="")  # redacted; files, lines and functions, no values
    settled_at = UtcDateTime(null=True)
    settled_by = ForeignKeyField(Staff, null=True)

    class Meta:
        indexes = (
            (("row_id", "ended_at"), False),
            (("ended_at",), False),
            (("queue", "ended_at"), False),
            (("kind", "ended_at"), False),
            (("merchant", "ended_at"), False),
            (("customer_id", "ended_at"), False),
            (("order_id", "ended_at"), False),
            (("payment_id", "ended_at"), False),
        )


JobRun.add_index(JobRun.index(JobRun.ended_at, where=SQL("state <> 'done'"), name="jobrun_failed"))
JobRun.add_index(
    JobRun.index(JobRun.error_group, JobRun.ended_at, where=SQL("state <> 'done'"), name="jobrun_failed_by_group")
)


class StopWhat(StrEnum):
    """What an operator may stop."""

    QUEUE = "queue"  # nobody takes its work; asking about outcomes goes on
    MERCHANT = "merchant"  # the clock charges nobody for this merchant; who presses may pay
    WORKER = "worker"  # ends after the job in hand; its supervisor starts another


class Stop(Row):
    """Something that an operator stopped: until somebody lifts it, or its end. Never deleted."""

    what = Choice(StopWhat)
    name = CharField(max_length=80)  # the queue, the worker, the merchant's id
    merchant = ForeignKeyField(Merchant, null=True)
    drain = BooleanField(default=False)  # set for all queues at once, before a deploy
    reason = CharField(max_length=200)
    set_by = ForeignKeyField(Staff, null=True)  # null: by command
    set_at = UtcDateTime()
    until = UtcDateTime(null=True)  # then it ends by itself; null: when somebody lifts it
    lifted_at = UtcDateTime(null=True)
    lifted_by = ForeignKeyField(Staff, null=True)


Stop.add_index(
    Stop.index(Stop.what, Stop.name, unique=True, where=SQL("lifted_at IS NULL"), name="stop_one_of_a_thing")
)


class OperatorAct(Row):
    """An act of an operator with its reason. The event of the trail names it; `reason` holds nothing personal."""

    act = CharField(max_length=32)  # domain.operations.acts.Act
    staff = ForeignKeyField(Staff, null=True)  # null: by command
    merchant = ForeignKeyField(Merchant, null=True)
    reason = CharField(max_length=200)
    about = CharField(max_length=80, default="")  # the job, queue, worker, attempt or tick; empty for a bulk act
    picked = CharField(max_length=500, default="")  # of a bulk act: its filter, as the address has it
    done = IntegerField(default=0)
    refused = IntegerField(default=0)
    handle = CharField(max_length=36, unique=True)  # the form's own: a second press finds the first
    at = UtcDateTime()

    class Meta:
        indexes = ((("at",), False),)


class Evidence(Row):
    """What the processor said when an operator asked about an attempt or a refund that is stuck."""

    attempt = ForeignKeyField(Attempt, null=True, backref="evidence")
    refund = ForeignKeyField(Refund, null=True, backref="evidence")
    asked_by = ForeignKeyField(Staff)
    at = UtcDateTime()
    answered = BooleanField()
    said = CharField(max_length=40, default="")  # the processor's status, or why there is no answer
    amount = Minor(null=True)
    captured = Minor(null=True)
    currency = CharField(max_length=3, null=True)
    charge_ref = CharField(max_length=64, null=True)
    code = CharField(max_length=64, default="")  # of a decline or a refusal
    ours = CharField(max_length=24, default="")  # our state at that moment


class Decision(Row):
    """What a person decided about stuck money, why, and on which evidence."""

    attempt = ForeignKeyField(Attempt, null=True, backref="decisions")
    refund = ForeignKeyField(Refund, null=True, backref="decisions")
    difference = ForeignKeyField(Difference, null=True)
    evidence = ForeignKeyField(Evidence, null=True)
    what = CharField(max_length=24)  # domain.operations.stuck.terms.Decided
    reason = CharField(max_length=200)
    staff = ForeignKeyField(Staff)
    at = UtcDateTime()
    led_to = CharField(max_length=24, default="")  # our state afterwards


class Alarm(Row):
    """A limit that was passed: open until what it is about is well again."""

    rule = CharField(max_length=32)  # domain.operations.alarms.rules.RULES
    subject = CharField(max_length=80, default="")  # the queue, kind, account, worker; empty where there is one only
    merchant = ForeignKeyField(Merchant, null=True)
    opened_at = UtcDateTime()
    seen_at = UtcDateTime()  # by the latest look that found it
    cleared_at = UtcDateTime(null=True)
    value = BigIntegerField(default=0)  # in the rule's unit, at the latest look
    bound = BigIntegerField(default=0)  # the limit that it passed
    customers = IntegerField(default=0)  # touched, at the latest look
    facts = TextField(default="{}")  # JSON: codes, counts and ids for the sentence
    acknowledged_at = UtcDateTime(null=True)
    acknowledged_by = ForeignKeyField(Staff, null=True)
    note = CharField(max_length=200, default="")
    told_at = UtcDateTime(null=True)  # when letters and calls were written; null: silenced, or too young

    class Meta:
        indexes = ((("opened_at",), False),)


Alarm.add_index(
    Alarm.index(Alarm.rule, Alarm.subject, unique=True, where=SQL("cleared_at IS NULL"), name="alarm_one_open")
)


class AlarmLimit(Row):
    """Another limit than the rule's own, for all of it (empty subject) or for one queue, kind or account."""

    rule = CharField(max_length=32)
    subject = CharField(max_length=80, default="")
    value = BigIntegerField()
    set_by = ForeignKeyField(Staff)
    set_at = UtcDateTime()

    class Meta:
        indexes = ((("rule", "subject"), True),)


class Silence(Row):
    """Nobody is told of a rule's alarms until then; they stand on the screen all the same."""

    rule = CharField(max_length=32)
    subject = CharField(max_length=80, default="")  # empty: whatever it is about
    until = UtcDateTime()
    reason = CharField(max_length=200)
    set_by = ForeignKeyField(Staff)
    set_at = UtcDateTime()
    lifted_at = UtcDateTime(null=True)


class AlarmCall(Row):
    """A message to the install's alarm webhook: work, sent at least once."""

    alarm = ForeignKeyField(Alarm, backref="calls")
    what = CharField(max_length=8)  # opened, cleared, daily
    due_at = UtcDateTime(null=True)  # work: empty when nobody has to send it any more
    lease_until = UtcDateTime(null=True)
    tries = IntegerField(default=0)
    sent_at = UtcDateTime(null=True)
    result = CharField(max_length=80, default="")
    made_at = UtcDateTime()


AlarmCall.add_index(AlarmCall.index(AlarmCall.due_at, where=SQL("due_at IS NOT NULL"), name="alarmcall_to_send"))
