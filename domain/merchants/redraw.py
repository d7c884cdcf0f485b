"""Any picture a merchant hands in, drawn again as a small PNG of ours: no byte of the file is ever served. Pure."""

from __future__ import annotations

import hashlib
import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from kit.errors import DomainError
from kit.i18n import _

MOST_BYTES = 2 * 1024 * 1024
_MOST_SIDE, _MOST_DOTS, _LEAST_SIDE = 4096, 16_000_000, 24
_BOX = (480, 160)  # three times what the header shows, for dense screens and print
_KINDS = ("PNG", "JPEG", "WEBP")  # never SVG: it is a document that may run scripts
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, MemoryError, struct.error, zlib.error)
_WHITE, _NIGHT = (255, 255, 255), (22, 32, 42)  # the plate logos stand on in both themes; the ground of a pale one
_PALE = 225  # of 255: brighter on average than this cannot be seen on white
_SEEN = 32  # of 255: how opaque a dot must be to count


@dataclass(frozen=True)
class Drawn:
    """A logo ready to be kept. `regrounded`: it was too pale for white and got a dark ground."""

    image: bytes  # PNG
    digest: str
    width: int
    height: int
    regrounded: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What was adjusted, in sentences."""
        pale = _("Your logo is too pale to be seen on white, so it stands on a dark ground.")
        return (pale,) if self.regrounded else ()


def redrawn(file: bytes) -> Drawn:
    """The picture, fitted into 480 × 160, without anything else that the file said (EXIF, profiles, texts, frames).

    Raises DomainError for more than 2 MB, another format than PNG, JPEG or WebP, more than 4096 dots a side or 16
    million in all, less than 24 a side, a broken file, or one with nothing to see.
    """
    if len(file) > MOST_BYTES:
        raise DomainError(_("The logo's file is too large: 2 MB at most."), field="logo")
    picture = _cut(_opened(file))
    if min(picture.size) < _LEAST_SIDE:
        raise DomainError(_("The logo is too small: at least 24 dots wide and high."), field="logo")
    picture.thumbnail(_BOX, Image.Resampling.LANCZOS)
    pale = _is_pale(picture)
    made = _on_night(picture) if pale else picture
    clean = Image.new("RGBA", made.size)  # a new picture: nothing that the old one carried along
    clean.paste(made)
    kept = BytesIO()
    clean.save(kept, "PNG", optimize=True)
    image = kept.getvalue()
    return Drawn(image, hashlib.sha256(image).hexdigest(), *clean.size, pale)


def _opened(file: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(file), formats=_KINDS)  # reads the head only
            _refuse_vast(picture.width, picture.height)
            picture.load()
            turned = ImageOps.exif_transpose(picture)
            clear = "A" in turned.getbands() or "transparency" in turned.info
            return turned.convert("RGBA") if clear else turned.convert("RGB").convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _vast() from None
    except _BROKEN:
        raise DomainError(_("This file is not a picture we can read. Use PNG, JPEG or WebP."), field="logo") from None


def _refuse_vast(width: int, height: int) -> None:
    if max(width, height) > _MOST_SIDE or width * height > _MOST_DOTS:
        raise _vast()


def _vast() -> DomainError:
    return DomainError(_("The logo is too large: 4096 dots a side and 16 million in all, at most."), field="logo")


def _cut(picture: Image.Image) -> Image.Image:
    """Without its empty margin, so that it is as large as the place allows."""
    box = picture.getchannel("A").point(lambda alpha: 255 if alpha >= _SEEN else 0).getbbox()
    if box is None:
        raise DomainError(_("There is nothing to see in this picture."), field="logo")
    return picture.crop(box)


def _is_pale(picture: Image.Image) -> bool:
    seen = picture.getchannel("A").point(lambda alpha: 255 if alpha >= _SEEN else 0)
    if seen.getextrema() == (255, 255):
        return False  # it brings a ground of its own
    shades = picture.convert("L").histogram(mask=seen)
    dots = sum(shades)
    return sum(shade * count for shade, count in enumerate(shades)) > _PALE * dots


def _on_night(picture: Image.Image) -> Image.Image:
    rim = max(picture.height // 8, 2)
    picture.thumbnail((_BOX[0] - 2 * rim, _BOX[1] - 2 * rim), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", (picture.width + 2 * rim, picture.height + 2 * rim), (*_NIGHT, 255))
    ground.alpha_composite(picture, (rim, rim))
    return ground
