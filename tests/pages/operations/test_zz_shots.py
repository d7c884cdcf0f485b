from tests.pages.console import listening, opened, shot, signed_in, drawn
from tests.pages.operations.conftest import *  # noqa
from tests.conftest import *  # noqa
from tests.workers.conftest import queue, valkey_socket
from tests.payments.conftest import shop
from tests import factory
import pytest, os
from datetime import timedelta
from uuid import uuid4
from kit.clock import utc_now, real_now
from kit import measure
from kit.measure import What
from domain.operations import measures, runs
from domain.operations.pause import pause_queue
from domain.work import rounds, ticks
from domain.work.wake import Work
from integrations.queue.wake import enqueue
from kit.ids import uuid7
from models.operations import *
from models.work import *
from playwright.sync_api import Browser
from axe_playwright_python.sync_playwright import Axe
from workers.worker import make_worker
import random

def test_shots(sqlite_store, server, shop, queue, chromium, clock):
    random.seed(3)
    now = utc_now(); operator = factory.staff(operator=True)
    house = shop.customer.merchant
    base = clock.at
    for h in range(7*24):
        clock.at = base - timedelta(hours=h, minutes=7)
        for k in ("retry","mail","webhook","tick"):
            for _ in range(random.randint(0,9)):
                measure.took(What.RAN, k, random.random()*3); measure.took(What.WAITED, k, random.random()*30)
            if random.random()<.2: measure.took(What.FAILED, k, 2)
        for _ in range(9): measure.took(What.GATEWAY, str(factory.gateway_account(house).id), random.random()*2)
    for m in range(120):
        clock.at = base - timedelta(minutes=m+1)
        for k in ("retry","mail","webhook","tick"):
            for _ in range(random.randint(0,9)):
                measure.took(What.RAN, k, random.random()*3); measure.count(What.PLACED, k); measure.took(What.WAITED, k, random.random()*30)
    clock.at = base
    measures.flush()
    shop.press(shop.method(), shop.order()); shop.press(shop.method("pm_card_chargeDeclined"), shop.order())
    for i in range(3):
        letter = Mail.create(merchant=house, template="receipt", to_address="jordan@example.test", dedup_key=str(i), due_at=now-timedelta(minutes=40), created_at=now, customer_id=str(shop.customer.id), state=MailState.FAILED if i else MailState.DUE, result="550 no mailbox jordan@example.test")
        try:
            with runs.noted(Work.MAIL, letter.id): raise OSError("450 mailbox busy, try again later")
        except OSError: pass
    runs.flush()
    Alarm.create(rule="mail_late", opened_at=now, seen_at=now, value=2400, bound=600, customers=318)
    pause_queue(queue="figures", until=None, reason="a slow disk", staff=operator.id, handle=uuid4())
    for q in ("charges","mail"):
        w = make_worker(q, queue); w.register_birth()
    for _ in range(5): enqueue("collect", uuid7())
    rounds.note(now, "shop-1#4711"); ticks.make(now)
    Tick.update(done_at=now, result="all hold").execute()
    a = factory.gateway_account(house)
    for st in WebhookState:
        WebhookEvent.create(gateway_account=a, event_id=str(uuid4()), kind="charge.updated", object_id="ch_3Nabcdefgh", state=st, received_at=now-timedelta(minutes=3), note="no such attempt")
    pages = os.environ.get("PAGES","").split(",")
    with listening(server) as origin:
        for name in pages:
            for width, theme in ((1440, "light"), (360, "dark")):
                page = opened(chromium, origin, "/operations" + (f"/{name}" if name else ""), operator, width=width, theme=theme)
                page.locator("h1").wait_for(); page.wait_for_timeout(1500)
                found = Axe().run(page).response["violations"]
                print(name, width, [(r["id"], [n["html"][:120] for n in r["nodes"][:3]]) for r in found if r["impact"] in ("serious","critical")], page.evaluate("document.documentElement.scrollWidth"), page.said)
                shot(page, f"h3-{name or 'overview'}-{width}-{theme}")
                page.context.close()
