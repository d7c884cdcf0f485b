"""Settings, read from the environment once. A wrong one stops the start with its name, value and the fix.

Secrets may come from a file: `SECRET_KEY_FILE=/run/secrets/key` stands for `SECRET_KEY`.
"""

from __future__ import annotations

import os
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from kit.errors import ConfigError

MODES = ("demo", "live", "test")


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides."""

    mode: str  # demo: sandbox, inbox and demo data on loopback; live: real; test: live's rules for our own tests
    port: int
    public_url: str  # origin of every mailed link, without a trailing slash
    data_dir: Path
    database_url: str
    redis_url: str | None  # None: the embedded Valkey under data_dir
    smtp_url: str
    mail_from: str
    gateway_url: str | None  # None: Stripe itself
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False, default=())
    proxy_hops: int = 0
    web_threads: int = 4
    web_workers: int = 2
    charge_workers: int = 1  # processes that ask the gateway unattended
    log_level: str = "INFO"
    metrics_token: str | None = field(repr=False, default=None)
    alarm_webhook_url: str | None = None  # who is called when an alarm opens or clears; None: nobody
    alarm_webhook_secret: str | None = field(repr=False, default=None)  # what those calls are signed with

    @property
    def demo(self) -> bool:
        """Whether sandbox, demo data and the front page exist."""
        return self.mode == "demo"

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS (cookies are then Secure and `__Host-`)."""
        return self.public_url.startswith("https://")

    @property
    def inbox_url(self) -> str:
        """The demo's web inbox."""
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def sandbox_url(self) -> str:
        """The demo's gateway."""
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens. A Unix socket: nobody else's program meets it on a port."""
        return self.data_dir / "valkey" / "valkey.sock"

    @property
    def queue_url(self) -> str:
        """The Redis that queues live in: the given one, else the embedded Valkey."""
        return self.redis_url or f"unix://{self.valkey_socket}"


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ConfigError(f"{name}={text!r} is not a number from {low} to {high}. Set it like {name}={default}.")
    return int(text)


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    path = environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise ConfigError(f"{name}_FILE={path!r} cannot be read: {problem.strerror}.") from None
    return environ.get(name) or None


def _made_key(data_dir: Path) -> str:
    """The install's own key, made once and readable by its owner only (demo and test)."""
    path = data_dir / "secret.key"
    if not path.exists():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(random_secrets.token_urlsafe(48))
        except FileExistsError:
            pass
    return path.read_text().strip()


def is_loopback(host: str | None) -> bool:
    """Whether a host name is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _public_url(environ: Mapping[str, str], port: int) -> str:
    url = (environ.get("PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ConfigError(f"PUBLIC_URL={url!r} is not an origin. Set it like PUBLIC_URL=https://pay.example.com.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(f"PUBLIC_URL={url!r} is plain http: sign-in cookies would be readable. Use https.")
    return url


def _alarm_webhook(environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    url, secret = environ.get("ALARM_WEBHOOK_URL") or None, _secret(environ, "ALARM_WEBHOOK_SECRET")
    if url is None:
        return None, None
    try:
        parts, _port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise ConfigError("ALARM_WEBHOOK_URL cannot be read as an address. Set it like https://host/path.") from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if parts.username is not None or parts.password is not None:  # and the address is not told: it holds a password
        raise ConfigError("ALARM_WEBHOOK_URL has a name or a password before its host. Calls are signed: leave it out.")
    if not safe or not parts.hostname:
        raise ConfigError(f"ALARM_WEBHOOK_URL={url!r} is neither https nor http to this machine. Use https.")
    if secret is None or len(secret) < 16:
        raise ConfigError("ALARM_WEBHOOK_SECRET needs 16 characters or more: calls to ALARM_WEBHOOK_URL are signed.")
    return url, secret


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment. Raises ConfigError."""
    mode = environ.get("SETTLE_MODE", "live")
    if mode not in MODES:
        raise ConfigError(f"SETTLE_MODE={mode!r} is not a mode. Set it to one of {', '.join(MODES)}.")
    port = _number(environ, "PORT", 8050, 1, 65533)
    data_dir = Path(environ.get("DATA_DIR") or "data").absolute()
    public_url = _public_url(environ, port)
    if mode == "demo" and not is_loopback(urlsplit(public_url).hostname):
        raise ConfigError(f"SETTLE_MODE=demo runs on this machine only, but PUBLIC_URL={public_url!r}. Unset it.")
    gateway_url = environ.get("GATEWAY_URL") or (f"http://127.0.0.1:{port + 2}" if mode == "demo" else None)
    if gateway_url and mode == "live":
        raise ConfigError(f"GATEWAY_URL={gateway_url!r} is a sandbox, and SETTLE_MODE=live refuses one. Unset it.")
    key = _secret(environ, "SECRET_KEY")
    if key is None and mode == "live":
        raise ConfigError(
            "SECRET_KEY is not set. Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'."
        )
    if key is not None and len(key) < 32:
        raise ConfigError(f"SECRET_KEY has {len(key)} characters; it needs 32 or more, at random.")
    smtp_url = environ.get("SMTP_URL") or (f"smtp://127.0.0.1:{port + 3}" if mode == "demo" else "")
    if not smtp_url and mode == "live":
        raise ConfigError(
            "SMTP_URL is not set. Set it like SMTP_URL=smtp+starttls://user:password@smtp.example.com:587."
        )
    alarm_webhook_url, alarm_webhook_secret = _alarm_webhook(environ)
    return Settings(
        mode=mode,
        port=port,
        public_url=public_url,
        data_dir=data_dir,
        database_url=_secret(environ, "DATABASE_URL") or f"sqlite:///{data_dir / 'settle.db'}",
        redis_url=_secret(environ, "REDIS_URL"),
        smtp_url=smtp_url or "smtp://127.0.0.1:1025",
        mail_from=environ.get("MAIL_FROM") or f"no-reply@{urlsplit(public_url).hostname or 'localhost'}",
        gateway_url=gateway_url,
        secret_key=key or _made_key(data_dir),
        secret_key_fallbacks=tuple(filter(None, (environ.get("SECRET_KEY_FALLBACKS") or "").split(","))),
        proxy_hops=_number(environ, "PROXY_HOPS", 0, 0, 5),
        web_threads=_number(environ, "WEB_THREADS", 4, 2, 64),
        web_workers=_number(environ, "WEB_CONCURRENCY", 2, 1, 64),
        charge_workers=_number(environ, "CHARGE_WORKERS", 1, 1, 64),
        log_level=environ.get("LOG_LEVEL") or "INFO",
        metrics_token=_secret(environ, "METRICS_TOKEN"),
        alarm_webhook_url=alarm_webhook_url,
        alarm_webhook_secret=alarm_webhook_secret,
    )


_current: Settings | None = None


def settings() -> Settings:
    """This process's settings, read from its environment at first use."""
    return _current or _from_environment()


@lru_cache
def _from_environment() -> Settings:
    return read(os.environ)


def use(chosen: Settings | None) -> None:
    """Puts other settings in place (tests); None goes back to the environment."""
    global _current
    _current = chosen
