"""The index HTML and the headers of every answer."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from dashboard import cookies
from dashboard.door import door
from dashboard.shell import THEME_SCRIPT
from domain.accounts.viewer import Audience
from kit import config
from models import base
from tests.web import sample

INLINE = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>[^<]+)</script>")


def test_no_layout_leaks_into_the_index(browser_of: Callable[[str], FlaskClient], anybody: FlaskClient) -> None:
    for path in ("/p/harbor", f"/p/harbor/orders/{sample.ORDER}"):
        assert sample.CANARY not in browser_of("alex").get(path).text
        assert sample.CANARY not in anybody.get(path, follow_redirects=True).text


def test_the_shell_says_whose_page_it_is(browser_of: Callable[[str], FlaskClient]) -> None:
    html = browser_of("alex").get("/p/harbor").text
    assert '<html lang="en">' in html
    assert "<title>Home · Harbor Yoga</title>" in html
    assert 'href="/p/harbor" class="on" aria-current="page"' in html
    assert 'action="/p/harbor/sign-out"' in html
    assert "<noscript>" in html and "Alex" in html
    assert "python_version&quot;: &quot;3" not in html and '"python_version":"3' not in html


def test_staff_get_a_rail_and_operators_no_merchants_mark(browser_of: Callable[[str], FlaskClient]) -> None:
    assert 'class="rail"' in browser_of("kim").get("/merchant/harbor").text
    operations = browser_of("ola").get("/operations").text
    assert "<title>Overview · Operations</title>" in operations
    assert "Harbor" not in operations


def test_every_inline_script_is_allowed_by_its_hash(browser_of: Callable[[str], FlaskClient]) -> None:
    answer = browser_of("alex").get("/p/harbor")
    policy = answer.headers["Content-Security-Policy"]
    inline = [m["code"] for m in INLINE.finditer(answer.text) if "application/json" not in m["attributes"]]
    assert len(inline) == 2
    for code in inline:
        assert base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() in policy
    assert "unsafe-eval" not in policy and "script-src 'self' 'sha256-" in policy


def test_the_theme_script_is_small() -> None:
    assert len(THEME_SCRIPT) < 500


@pytest.mark.parametrize("path", ["/p/harbor", "/p/harbor/sign-in", "/nothing", "/healthz"])
def test_security_headers_stand_on_every_answer(browser_of: Callable[[str], FlaskClient], path: str) -> None:
    headers = browser_of("alex").get(path).headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
        assert rule in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers, "plain http on loopback"


def test_an_address_with_a_token_reaches_nobody(anybody: FlaskClient) -> None:
    assert anybody.get("/p/harbor/links/abc").headers["Referrer-Policy"] == "no-referrer"


def test_nothing_is_asked_of_another_host(browser_of: Callable[[str], FlaskClient]) -> None:
    html = browser_of("alex").get("/p/harbor").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', html)


def test_a_foreign_host_name_is_refused(anybody: FlaskClient) -> None:
    assert anybody.get("/healthz", base_url="http://evil.example").status_code == 400


@pytest.fixture
def over_https(tmp_path: Path) -> None:
    """The settings of an install behind TLS."""
    environment = {"SETTLE_MODE": "test", "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    config.use(config.read(environment | {"PUBLIC_URL": "https://pay.example.com"}))


def test_https_gets_host_cookies_and_hsts(over_https: None, server: Flask, people: dict[str, str]) -> None:
    client = server.test_client()
    client.set_cookie("__Host-customer", people["alex"], domain="pay.example.com")
    answer = client.get("/p/harbor", base_url="https://pay.example.com")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert re.match(r"__Host-form=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax", answer.headers["Set-Cookie"])


def test_a_session_cookie_is_as_tight_as_the_address_allows(over_https: None) -> None:
    response = Response()
    cookies.hand_out(response, Audience.STAFF, "token")
    assert response.headers["Set-Cookie"] == "__Host-staff=token; Secure; HttpOnly; Path=/; SameSite=Lax"


def test_an_unexpected_error_shows_a_number_and_no_trace(server: Flask) -> None:
    @door(Audience.PUBLIC)
    def explode(slug: str, token: str) -> str:
        raise RuntimeError("secret detail")

    server.view_functions["sample_views.link"] = explode
    answer = server.test_client().get("/p/harbor/links/abc")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text and "Traceback" not in answer.text
    assert re.search(r"<strong>[0-9A-Z]{8}</strong>", answer.text)


def test_a_store_that_is_away_is_said_so(browser_of: Callable[[str], FlaskClient], tmp_path: Path) -> None:
    client = browser_of("alex")
    base.db.close()
    base.configure(f"sqlite:///{tmp_path}/no-such-folder/settle.db")
    answer = client.get("/p/harbor")
    assert answer.status_code == 503
    assert "We cannot reach our records" in answer.text and "unable to open" not in answer.text


def test_a_body_over_2_mb_is_refused(browser_of: Callable[[str], FlaskClient]) -> None:
    answer = browser_of("alex").post("/p/harbor/pay", data={"x": "y" * (3 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "too large" in answer.text
