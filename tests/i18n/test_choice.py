"""The language of a page and of a mail: the account's, this browser's, its settings', the merchant's, in that order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.mail import letters
from domain.mail.send import due, send
from domain.payments.amount_text import as_typed, read_amount
from kit.dates import humane_day, humane_moment
from kit.errors import DomainError
from kit.i18n import current_locale, speaking
from kit.money import Money
from models.base import unit_of_work
from models.customers import Account
from models.merchants import Merchant
from tests import factory
from tests.served import portal

SIGN_IN, HOME = "/p/harbor/sign-in", "/p/harbor"


@pytest.fixture
def shop(sqlite_store):
    return factory.merchant("harbor", name="Harbor Yoga")


@pytest.fixture
def server(shop):
    made = portal()
    made.test_client().get("/healthz")
    return made


@pytest.fixture
def ann(shop):
    return factory.account(factory.customer(shop, name="Ann Lee", email="ann@example.com"))


def _browser(server, person=None):
    client = server.test_client()
    if person is not None:
        with unit_of_work():
            client.set_cookie(cookies.name_of(Audience.CUSTOMER), sessions.open_session(account=person.id))
    return client


def _language(answer) -> str:
    assert f'<html lang="{answer.headers["Content-Language"]}"' in answer.text
    assert {"cookie", "accept-language"} <= {each.lower() for each in answer.vary}
    return str(answer.headers["Content-Language"])


def _choose(client, language, back):
    token = client.get(back).text.split('name="csrf_token" value="')[1].partition('"')[0]
    return client.post("/language", data={"csrf_token": token, "language": language, "back": back})


def test_the_nearer_choice_wins(server, ann):
    Merchant.update(locale="es").execute()
    client = _browser(server, ann)
    assert _language(client.get(HOME)) == "es"
    assert _language(client.get(HOME, headers={"Accept-Language": "en-GB,en;q=0.8"})) == "en"
    client.set_cookie("lang", "es")
    assert _language(client.get(HOME, headers={"Accept-Language": "en-GB,en;q=0.8"})) == "es"
    Account.update(locale="en").where(Account.id == ann.id).execute()
    assert _language(client.get(HOME)) == "en"


@pytest.mark.parametrize(
    ("told", "spoken"), [("es-MX,es;q=0.9", "es"), ("fr,es;q=0.5", "es"), ("fr", "en"), ("", "en")]
)
def test_a_browser_is_answered_in_a_language_we_speak(server, told, spoken):
    answer = _browser(server).get(SIGN_IN, headers={"Accept-Language": told})
    assert _language(answer) == spoken
    assert ("Iniciar sesión" in answer.text) == (spoken == "es")


def test_a_forged_cookie_is_no_language(server):
    client = _browser(server)
    client.set_cookie("lang", "../../etc")
    assert _language(client.get(SIGN_IN)) == "en"


@pytest.mark.parametrize("path", ["/nowhere", "/p/harbor/nowhere", "/p/harbor/fix/forged", "/p/harbor/reset/forged"])
def test_errors_and_dead_links_follow_too(server, path):
    answer = _browser(server).get(path, headers={"Accept-Language": "es"})
    assert answer.status_code in (404, 410)
    assert _language(answer) == "es"
    assert "no existe" in answer.text or "ya no funciona" in answer.text


def test_a_choice_stays_in_the_browser_and_leads_back(server):
    client = _browser(server)
    answer = _choose(client, "es", SIGN_IN + "?next=/p/harbor/methods")
    assert (answer.status_code, answer.headers["Location"]) == (303, SIGN_IN + "?next=/p/harbor/methods")
    assert _language(client.get(SIGN_IN, headers={"Accept-Language": "en"})) == "es"
    assert 'value="es" lang="es" aria-pressed="true"' in client.get(SIGN_IN).text


def test_a_signed_in_customers_choice_stays_in_the_account_and_in_theirs_only(server, ann, shop):
    other = factory.account(factory.customer(shop, name="Bo Berg", email="bo@example.com"))
    _choose(_browser(server, ann), "es", HOME)
    assert Account.get_by_id(ann.id).locale == "es"
    assert Account.get_by_id(other.id).locale is None
    assert _language(_browser(server, ann).get(HOME, headers={"Accept-Language": "en"})) == "es"


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "////p/harbor", "/nowhere", "javascript:1"],
)
def test_the_way_back_leads_nowhere_else(server, back):
    client = _browser(server)
    token = client.get(SIGN_IN).text.split('name="csrf_token" value="')[1].partition('"')[0]
    answer = client.post("/language", data={"csrf_token": token, "language": "es", "back": back})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("planted", ["es_!!", "en_../../..", "es_MX_a_b_c_d", "es_" + "x" * 3000])
def test_a_cookie_that_is_no_language_of_ours_counts_for_nothing(server, ann, planted):
    client = _browser(server, ann)
    client.set_cookie("lang", planted)
    answer = client.get(HOME + "/security")
    assert answer.status_code == 200 and _language(answer) == "en"


def test_a_language_we_do_not_speak_changes_nothing(server, ann):
    answer = _choose(_browser(server, ann), "xx", HOME)
    assert "lang=" not in answer.headers.get("Set-Cookie", "")
    assert Account.get_by_id(ann.id).locale is None


def test_a_mail_is_in_the_recipients_language_else_in_the_merchants(ann, shop, mail_at_hand):
    assert mail_at_hand(ann)["Subject"] == "Reset your password for Harbor Yoga"
    Merchant.update(locale="es").execute()
    assert mail_at_hand(ann)["Subject"] == "Restablezca su contraseña de Harbor Yoga"
    Account.update(locale="en").execute()
    assert mail_at_hand(ann)["Subject"] == "Reset your password for Harbor Yoga"


@pytest.fixture
def mail_at_hand(monkeypatch, clock):
    """Writes and sends a letter; what the relay would get."""
    sent = []
    monkeypatch.setattr("domain.mail.send.deliver", lambda dressed, **_rest: sent.append(dressed))

    def write(account):
        with unit_of_work():
            letters.reset(Account.get_by_id(account.id))
        for mail in due(clock(), 10):
            send(mail)
        return sent[-1]

    return write


def test_amounts_and_days_are_written_as_the_reader_writes_them():
    owed, day = Money(120450, "USD"), date(2026, 11, 24)
    with speaking(zone="UTC", locale="es"):
        assert str(owed).replace("\xa0", " ") == "1.204,50 US$"
        assert str(Money(1204500, "USD")).replace("\xa0", " ") == "12.045,00 US$"
        assert humane_day(day, date(2026, 11, 23), current_locale()) == "martes 24 de noviembre"
        assert humane_day(date(2027, 3, 3), day, current_locale()) == "3 de marzo de 2027"
        at = datetime(2026, 11, 24, 14, tzinfo=UTC)
        assert humane_moment(at, at, ZoneInfo("America/New_York")) == "martes 24 de noviembre a las 9:00"
    with speaking(zone="UTC", locale="es", country="US"):
        assert (current_locale(), str(owed)) == ("es_US", "$1,204.50")
    assert str(owed) == "$1,204.50"


def test_typed_amounts_are_read_as_the_reader_writes_them():
    with speaking(zone="UTC", locale="es"):
        assert read_amount("1.204,50", "USD") == Money(120450, "USD")
        assert read_amount("1204,5", "USD") == Money(120450, "USD")
        assert as_typed(Money(120450, "USD")) == "1204,50"
        with pytest.raises(DomainError, match="no es un importe"):
            read_amount("1,204.50", "USD")
    with speaking(zone="UTC", locale="es", country="US"):
        assert read_amount("1,204.50", "USD") == Money(120450, "USD")
