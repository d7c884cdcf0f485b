"""The demo's inbox: catches over SMTP, shows without trusting, survives a restart, misbehaves when told."""

from __future__ import annotations

import json
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest

from integrations.mail.smtp import MailRefused, MailUnreachable, deliver
from sandbox.inbox.catcher import Catcher, Manner
from sandbox.inbox.letters import Letters
from sandbox.inbox.web import create_app
from tests.mail.conftest import free_port


def _mail(subject="Hello", html="<p>Hi <a href='http://127.0.0.1/x'>there</a></p>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Harbor Yoga <a@example.com>", "Ann <ann@example.com>", subject
    mail["Message-ID"] = "<1@example.com>"
    mail.set_content("Hi, see http://127.0.0.1/x?a=1&b=<2>")
    mail.add_alternative(html, subtype="html")
    return mail


@pytest.fixture
def web(letters: Letters):
    return create_app(letters, Catcher(letters)).test_client()


def _keep(letters: Letters, **kwargs) -> None:
    letters.keep(_mail(**kwargs).as_bytes(), ["ann@example.com"])


def test_an_empty_inbox_says_what_will_be_there(web):
    assert "Nothing here yet" in web.get("/").get_data(as_text=True)
    assert web.get("/messages.json").get_json() == []


def test_a_mail_is_listed_and_shown_as_html_and_text(web, letters):
    _keep(letters, subject="First <b>")
    _keep(letters, subject="Second")
    listed = web.get("/").get_data(as_text=True)
    assert listed.index("Second") < listed.index("First &lt;b&gt;") and "TEST" in listed
    first, second = web.get("/messages.json").get_json()
    assert (first["subject"], second["subject"], first["to"]) == ("Second", "First <b>", "ann@example.com")
    assert {"id", "to", "subject", "text", "html", "at"} <= set(first) and "<p>Hi" in first["html"]
    page = web.get(f"/mails/{first['id']}").get_data(as_text=True)
    assert 'sandbox="allow-popups' in page and f'src="/mails/{first["id"]}/body"' in page
    text = web.get(f"/mails/{first['id']}/text").get_data(as_text=True)
    assert '<a href="http://127.0.0.1/x?a=1&amp;b=" target="_blank"' in text and "&lt;2&gt;" in text
    assert web.get("/mails/999").status_code == 404


def test_foreign_html_runs_nothing(web, letters):
    _keep(letters, html="<script>alert(1)</script><img src=http://evil.example/x.png>")
    policy = web.get(f"/mails/{letters.newest()[0].id}/body").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-scripts" not in policy


def test_finding_and_paging(web, letters):
    for n in range(60):
        _keep(letters, subject=f"Mail {n}")
    first = web.get("/").get_data(as_text=True)
    assert "Mail 59" in first and "Mail 9<" not in first and "Older mails" in first
    assert "Mail 9<" in web.get(f"/?before={letters.newest(most=50)[-1].id}").get_data(as_text=True)
    assert "Mail 7<" in web.get("/?q=mail 7").get_data(as_text=True)
    assert "No mail with" in web.get("/?q=100%").get_data(as_text=True)


def test_only_this_machine_s_own_name_is_answered(web):
    assert web.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_relay_answers_as_told(catcher, web, letters, settings):
    from kit.config import settings as now

    url = now().smtp_url

    def send(recipient="ann@example.com"):
        deliver(_mail(), url=url, sender="a@example.com", recipient=recipient)

    send()
    catcher.manner = Manner.LATER
    with pytest.raises(MailRefused) as later:
        send()
    assert (later.value.code, later.value.permanent, later.value.mailbox) == (450, False, False)
    catcher.manner, catcher.only = Manner.REFUSE, "bob@example.com"
    send()
    with pytest.raises(MailRefused) as refused:
        send("bob@example.com")
    assert (refused.value.code, refused.value.permanent, refused.value.mailbox) == (550, True, True)
    assert len(letters.newest()) == 2
    with pytest.raises(MailUnreachable):
        deliver(_mail(), url="smtp://127.0.0.1:1", sender="a@example.com", recipient="ann@example.com")
    with pytest.raises(MailUnreachable):
        deliver(_mail(), url=url.replace("smtp://", "smtp+starttls://"), sender="a@example.com", recipient="a@b.com")
    with pytest.raises(MailUnreachable):
        deliver(_mail(), url=url.replace("smtp://", "smtp://user:secret@"), sender="a@example.com", recipient="a@b.com")


def test_control_takes_json_only(web):
    assert web.post("/control", json={"smtp": "refuse", "only": "a@b.com"}).get_json()["smtp"] == "refuse"
    assert web.post("/control", json={"smtp": "dance"}).status_code == 400
    assert web.post("/control", data={"smtp": "ok"}).status_code == 415


def _start(data: Path, smtp: int, web: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "sandbox.inbox",
        "--smtp-port",
        str(smtp),
        "--web-port",
        str(web),
        "--data",
        str(data),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().startswith("inbox: http://127.0.0.1")
    return process


def _messages(port: int) -> list[dict[str, str]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/messages.json", timeout=5) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_as_a_process_it_keeps_mails_over_a_restart_and_ends_cleanly(tmp_path):
    smtp, web = free_port(), free_port()
    for round_ in (1, 2):
        process = _start(tmp_path, smtp, web)
        try:
            with smtplib.SMTP("127.0.0.1", smtp, timeout=5) as relay:
                relay.send_message(_mail(subject=f"Round {round_}"), to_addrs=["ann@example.com"])
            assert next(mail["subject"] for mail in _messages(web)) == f"Round {round_}"
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert len(Letters(tmp_path / "inbox.sqlite").newest()) == 2
    for port in (smtp, web):
        with socket.socket() as probe:
            until = time.monotonic() + 5
            while probe.connect_ex(("127.0.0.1", port)) == 0:
                assert time.monotonic() < until, "still listening"
