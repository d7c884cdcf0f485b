"""What the browser gets, compressed once and addressed by its content, so that it may be kept for a year.

`/assets/<hash>/<name>`: another content is another address. Compressed copies live in `DATA_DIR/cache/web`, named by
content, made at the first start and found again at the next.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from functools import lru_cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]

from kit.config import settings

ROOT = Path(__file__).parent.parent / "assets"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".txt": "text/plain", ".svg": "image/svg+xml"}
_WORTH_IT = 600  # bytes: below this a compressed answer saves nothing
_BIG = 400_000  # bytes: above this brotli's best takes seconds and gains little


@lru_cache
def manifest() -> dict[str, str]:
    """Every file of `assets/` by name, with the hash of its content."""
    files = sorted(path for path in ROOT.rglob("*") if path.suffix in _KINDS)
    return {path.relative_to(ROOT).as_posix(): _digest(path.read_bytes()) for path in files}


def url_of(name: str) -> str:
    """The address of a file of `assets/`. Raises KeyError when there is none."""
    return f"/assets/{manifest()[name]}/{name}"


def kind_of(name: str) -> str:
    """The media type of a file name."""
    return _KINDS[Path(name).suffix] + "; charset=utf-8"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def best(body: bytes, accepts: str) -> tuple[bytes, str | None]:
    """The body in the best coding that `accepts` (an Accept-Encoding header) names, and that coding's name."""
    offered = {part.partition(";")[0].strip() for part in accepts.lower().split(",") if part[-4:] != ";q=0"}
    if len(body) >= _WORTH_IT:
        for coding, suffix in (("br", "br"), ("gzip", "gz")):
            if coding in offered:
                return _packed(_digest(body), suffix, body), coding
    return body, None


def _packed(digest: str, suffix: str, body: bytes) -> bytes:
    path = settings().data_dir / "cache" / "web" / f"{digest}.{suffix}"
    if path.exists():
        return path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if suffix == "gz" else _brotli(body)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")  # another worker may be making the same
    part.write_bytes(packed)
    part.replace(path)
    return packed


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=9 if len(body) > _BIG else 11))
