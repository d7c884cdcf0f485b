"""What is broken, one after another. Each function breaks, looks, mends and looks again; it raises AssertionError."""

from __future__ import annotations

from domain.operations.alarms.queries import lately
from kit.clock import utc_now
from models.payments import Attempt, AttemptState
from models.work import Mail, MailState
from tests.drill.install import LONG, Install
from tests.hard.person import Person
from tests.sandbox.running import until


def worker_killed(at: Install) -> None:
    """The only worker of charges dies: what is due waits, is shown to wait, and is charged once by the next."""
    before = at.taken()
    at.kill("charges")
    at.say("broken: the worker of charges is killed")
    orders = at.bills(3)
    late = at.fires("collects_late", "Ours")
    assert late.customers == 3, "the alarm says how many customers wait"
    at.fires("queue_unmanned", "Ours")
    at.start("charges")
    until(lambda: at.paid(orders), LONG)
    at.clears("collects_late", "queue_unmanned")
    assert at.taken() == before + 3


def queue_lost(at: Install) -> None:
    """Valkey is emptied, then dies: the screen shows what is due all the same, and nothing is lost or done twice."""
    before = at.taken()
    at.kill("charges")
    orders = at.bills(4)
    until(lambda: _waiting(at) > 0, 30)
    with at.house.redis_client() as redis:
        redis.flushall()
    at.say("broken: Valkey is emptied, with the hints of four due payments in it")
    at.start("charges")
    until(lambda: at.paid(orders), LONG)
    assert at.taken() == before + 4
    at.kill("valkey")
    at.say("broken: Valkey is killed")
    at.fires("redis_away", "Ours")
    assert "Due and not done" in at.screen()
    more = at.bills(2)
    until(lambda: at.paid(more), LONG)  # by the clock itself, after half a minute
    at.start_queue()
    at.start_again()
    at.clears("redis_away")
    assert at.taken() == before + 6


def _waiting(at: Install) -> int:
    with at.house.redis_client() as redis:
        return int(redis.llen("rq:queue:charges"))


def relay_refuses(at: Install) -> None:
    """The relay takes no mail: the letter waits, the alarm says whose trouble it is, the operator sends it again."""
    person = Person(at.house.origin, at.shop)
    at.house.mail.refuse()
    at.say("broken: the relay refuses")
    person.see("/forgot")
    person.submit("/forgot", email=person.account.email)
    at.fires("confirmation_mail_late", "Theirs")
    letter = Mail.get(Mail.to_address == person.account.email)
    assert letter.state == MailState.DUE
    at.house.mail.lead_on()
    job = f"/operations/jobs/mail-{letter.id}/requeue"
    at.operator.see(job)
    at.operator.submit(job, reason="the relay is back", handle=_handle(at.operator.text))
    until(lambda: bool(Mail.get_by_id(letter.id).state == MailState.SENT), LONG)
    at.clears("confirmation_mail_late", "mail_relay")
    assert len([mail for mail in at.house.mails() if mail.to == person.account.email]) == 1


def gateway_unknown(at: Install) -> None:
    """The processor takes the money and does not say so: it is asked about, never charged again."""
    before = at.taken()
    person = Person(at.house.origin, at.shop)
    person.sign_in()
    where = person.choose()
    at.house.sandbox.control(behave=[{"method": person.card.gateway_ref, "as": ["timeout_after"]}])
    pressed = person.press(where)
    at.house.gateway.refuse()
    at.say("broken: the processor took a payment without an answer, and cannot be reached")
    assert "hecking" in pressed.text, "the customer reads that the bank is being asked"
    attempt = Attempt.select().order_by(Attempt.id.desc()).get()
    assert attempt.state == AttemptState.UNKNOWN
    at.fires("unknown_long", "Theirs")
    assert str(attempt.id) in at.screen("/operations/money")
    at.house.gateway.lead_on()
    until(lambda: person.left() == 0, LONG)
    at.clears("unknown_long")
    assert at.taken() == before + 1, "charged once"


def all_told(at: Install) -> None:
    """Every alarm of the drill was opened and cleared by somebody, and told."""
    ended = {line.rule for line in lately(utc_now())}
    assert ended >= {"collects_late", "queue_unmanned", "redis_away", "confirmation_mail_late", "unknown_long"}


def _handle(text: str) -> str:
    return text.partition('name="handle" value="')[2].partition('"')[0]


ALL = (worker_killed, queue_lost, relay_refuses, gateway_unknown, all_told)
