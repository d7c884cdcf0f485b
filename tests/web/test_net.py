"""A flood from one address is turned away in words; pages and scripts of everybody else are not counted."""

import pytest
from flask import Flask

from dashboard import net
from dashboard.app import create_server


@pytest.fixture
def server(sqlite_store: str, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(net, "PER_MINUTE", 5)
    return create_server()


def test_a_flood_is_turned_away_and_others_are_not(server: Flask) -> None:
    client = server.test_client()
    answers = [client.get("/p/nobody/sign-in").status_code for _ in range(6)]
    assert answers == [404] * 5 + [429]
    assert "Wait a few minutes" in client.get("/p/nobody/sign-in").text
    other = client.get("/p/nobody/sign-in", environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert other.status_code == 404


def test_health_and_files_are_free(server: Flask) -> None:
    client = server.test_client()
    assert {client.get("/healthz").status_code for _ in range(8)} == {200}
