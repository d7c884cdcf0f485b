"""Keys derived from the install's secret: encrypted links (repeatable) and secrets at rest (rotatable)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit.config import settings


def _derive(secret: str, purpose: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(secret.encode())


def _secrets() -> tuple[str, ...]:
    return (settings().secret_key, *settings().secret_key_fallbacks)


def seal(purpose: str, facts: dict[str, Any]) -> str:
    """Encrypts facts into a URL-safe token. Deterministic (AES-SIV): the same facts give the same token."""
    plain = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
    sealed = AESSIV(_derive(_secrets()[0], "link", 64)).encrypt(plain, [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(purpose: str, token: str) -> dict[str, Any] | None:
    """The facts of a token made for this purpose, or None when it is forged, damaged or for another purpose."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, TypeError):
        return None
    for secret in _secrets():
        try:
            plain = AESSIV(_derive(secret, "link", 64)).decrypt(sealed, [purpose.encode()])
            return dict(json.loads(plain))
        except (InvalidTag, ValueError):
            continue
    return None


def _vault() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key, "at rest", 32))) for key in _secrets()])


def encrypt(text: str) -> str:
    """A secret as it is stored."""
    return _vault().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """A stored secret. Raises InvalidToken when the install's key has changed."""
    return _vault().decrypt(stored.encode()).decode()


def digest(token: str) -> str:
    """What is stored in place of a token: its SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


__all__ = ["InvalidToken", "decrypt", "digest", "encrypt", "seal", "unseal"]
