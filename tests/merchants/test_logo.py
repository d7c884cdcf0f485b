"""A logo: what is accepted, what is refused in words, and that nothing of the file but its dots is ever served."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from domain.events.record import Actor
from domain.merchants import redraw
from domain.merchants.logo import logo_at, logo_of, remove_logo, set_logo
from kit.errors import DomainError
from models.merchants import Logo
from models.work import Event
from tests import factory

pytestmark = pytest.mark.usefixtures("clock")


def _file(kind: str = "PNG", size: tuple[int, int] = (600, 200), colour: object = (140, 58, 42), **more) -> bytes:
    kept = BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(kept, kind, **more)
    return kept.getvalue()


def _read(image: bytes) -> Image.Image:
    picture = Image.open(BytesIO(image))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_each_format_becomes_a_small_png(kind: str) -> None:
    drawn = redraw.redrawn(_file(kind))
    picture = _read(drawn.image)
    assert (picture.format, picture.size) == ("PNG", (480, 160))
    assert (drawn.width, drawn.height, drawn.regrounded) == (480, 160, False)
    assert redraw.redrawn(_file(kind)).digest == drawn.digest


def test_a_small_logo_is_not_blown_up() -> None:
    assert _read(redraw.redrawn(_file(size=(60, 40))).image).size == (60, 40)


def test_what_the_file_says_besides_its_dots_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"  # turned by 90 degrees; a description
    turned = redraw.redrawn(_file("JPEG", exif=exif)).image
    assert _read(turned).size == (53, 160), "it stands upright, as the camera meant it"
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    spoken = redraw.redrawn(_file(pnginfo=words)).image
    assert b"home" not in turned and b"script" not in spoken
    assert _read(turned).info == {} and _read(spoken).info == {} and not _read(turned).getexif()


def _png_of_size(width: int, height: int) -> bytes:
    """A few bytes that say they are vast: a decompression bomb's head."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a picture"),
        (b"GIF89a" + b"\0" * 50, "not a picture"),
        (_file("GIF"), "not a picture"),
        (_file("BMP"), "not a picture"),
        (_file()[:200], "not a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 64, "not a picture"),
        (_png_of_size(100, 100), "not a picture"),
        (_png_of_size(4097, 10), "too large"),
        (_png_of_size(4096, 4096), "too large"),
        (_png_of_size(60_000, 60_000), "too large"),
        (_file() + b"\0" * redraw.MOST_BYTES, "2 MB"),
        (_file(size=(23, 400)), "too small"),
        (_file(colour=(10, 10, 10, 0)), "nothing to see"),
    ],
    ids=range(14),
)
def test_what_is_refused_is_refused_in_words(file: bytes, word: str) -> None:
    with pytest.raises(DomainError, match=word) as refused:
        redraw.redrawn(file)
    assert refused.value.field == "logo"


def test_an_empty_margin_is_cut_away() -> None:
    sheet = Image.new("RGBA", (800, 800))
    sheet.paste((10, 60, 60, 255), (200, 300, 600, 500))
    kept = BytesIO()
    sheet.save(kept, "PNG")
    assert _read(redraw.redrawn(kept.getvalue()).image).size == (320, 160)


def test_a_white_logo_gets_a_ground_that_it_can_be_seen_on() -> None:
    sheet = Image.new("RGBA", (400, 200))
    sheet.paste((255, 255, 255, 255), (50, 50, 120, 150))
    sheet.paste((255, 255, 255, 255), (200, 50, 350, 150))
    kept = BytesIO()
    sheet.save(kept, "PNG")
    drawn = redraw.redrawn(kept.getvalue())
    picture = _read(drawn.image)
    assert drawn.notes and "pale" in drawn.notes[0]
    assert picture.getpixel((1, 1)) == (22, 32, 42, 255) and picture.width <= 480 and picture.height <= 160


def test_a_merchant_has_one_logo_and_its_address_names_it(store: str) -> None:
    house, other = factory.merchant("harbor"), factory.merchant("kumo")
    assert logo_of(house.id) is None
    set_logo(merchant=house.id, file=_file(), actor=Actor.COMMAND)
    first = Logo.get(Logo.merchant == house.id).digest
    set_logo(merchant=house.id, file=_file(), actor=Actor.COMMAND)
    assert logo_at("harbor", first) == logo_of(house.id) is not None
    assert logo_at(other.slug, first) is None and logo_at("harbor", "0" * 64) is None
    set_logo(merchant=house.id, file=_file(colour=(9, 9, 99)), actor=Actor.COMMAND)
    assert Logo.select().count() == 1 and logo_at("harbor", first) is None
    assert Event.select().where(Event.kind == "logo.changed").count() == 2, "the same picture again is no change"
    with pytest.raises(DomainError):
        set_logo(merchant=house.id, file=b"no", actor=Actor.COMMAND)
    assert logo_of(house.id) is not None, "a refused picture leaves the one before"
    remove_logo(merchant=house.id, actor=Actor.COMMAND)
    remove_logo(merchant=house.id, actor=Actor.COMMAND)
    assert logo_of(house.id) is None
