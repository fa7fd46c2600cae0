"""S-52, A19: photos are decoded and drawn anew; nothing of the upload but its pixels gets through."""

from __future__ import annotations

import io
import os
import struct
import zlib

import pytest
from PIL import Image
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.attachments import services
from pointsys.core.attachments.models import Attachment
from pointsys.core.attachments.pictures import LONGEST_SIDE, read_picture
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.factories import make_tree

SECRET = b"39.9042N-116.4074E"


def photo(fmt: str = "JPEG", size: tuple[int, int] = (60, 40), *, rotated: bool = False) -> bytes:
    """A photo with position, device and a comment in it."""
    image = Image.new("RGB", size, (200, 30, 30))
    exif = Image.Exif()
    exif[0x010F] = "Camera " + SECRET.decode()
    if rotated:
        exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = SECRET.decode()
    out = io.BytesIO()
    extra = {"comment": SECRET} if fmt == "JPEG" else {}
    image.save(out, fmt, exif=exif, **extra)
    return out.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises far more pixels than its body has."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
def test_position_device_and_comment_are_gone(fmt: str) -> None:
    data = photo(fmt)
    assert SECRET in data
    picture = read_picture(data)

    assert SECRET not in picture.data
    kept = Image.open(io.BytesIO(picture.data))
    assert (kept.format, kept.size, len(kept.getexif())) == ("JPEG", (60, 40), 0)


def test_what_hangs_behind_a_picture_is_gone() -> None:
    assert b"<script>" not in read_picture(photo() + b"<script>alert(1)</script>" + b"PK\x03\x04").data


def test_a_picture_stands_upright_and_is_at_most_2000_pixels_long() -> None:
    assert (read_picture(photo(rotated=True)).width, read_picture(photo(rotated=True)).height) == (40, 60)
    long = read_picture(photo(size=(5000, 100)))
    assert (long.width, long.height) == (LONGEST_SIDE, 40)


def test_transparency_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(read_picture(out.getvalue()).data)).getpixel((1, 1)) == (255, 255, 255)


GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
BAD = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "html behind a jpeg's first bytes": b"\xff\xd8\xff<html><script>alert(1)</script>",
    "gif": GIF,
    "pdf": b"%PDF-1.7",
    "nothing": b"",
    "half a photo": photo(size=(400, 400))[:600],
    "half a png": photo("PNG")[:60],
    "riff": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_a19_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_picture(data, "cute.jpg")

    assert (caught.value.code, caught.value.field) == ("bad_image", "photos")


@pytest.mark.parametrize("size", [(8000, 5001), (100_000, 100_000), (2_000_000, 21)])
def test_more_than_40_million_pixels_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(Problem) as caught:
        read_picture(png_bomb(*size))

    assert caught.value.code == "image_too_large"


def test_a_file_over_10_mb_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        read_picture(b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024))

    assert caught.value.code == "image_too_large"


@pytest.fixture
def area_id(site: Site) -> int:
    """A community."""
    with unit_of_work(drain=False) as session:
        return make_tree(session)["happy"].id


def stored(area_id: int, data: bytes | None = None, subject: str = "abc") -> str:
    """The outside id of a stored photo."""
    with unit_of_work() as session:
        return services.store(
            session,
            area_id,
            "张伟家门口.jpg",
            data or photo(),
            SYSTEM,
            subject_type="activity",
            subject_id=subject,
        ).public_id


def count() -> int:
    """How many rows there are."""
    with read_scope() as session:
        return session.scalar(select(func.count()).select_from(Attachment)) or 0


def test_a_photo_is_kept_under_a_made_up_name(area_id: int, site: Site) -> None:
    public_id = stored(area_id)
    (file,) = [path for path in (site.home / "files").rglob("*") if path.is_file()]

    assert file.name == f"{public_id}.jpg"
    assert file.stat().st_mode & 0o077 == 0
    with read_scope() as session:
        row = session.scalars(select(Attachment)).one()
        assert (row.width, row.height, row.bytes) == (60, 40, file.stat().st_size)


def test_the_same_photo_twice_is_one_and_twenty_are_the_most(area_id: int) -> None:
    assert stored(area_id) == stored(area_id)
    for n in range(services.MAX_OF_ONE - 1):
        stored(area_id, photo(size=(10 + n, 10)))
    with pytest.raises(Problem) as caught:
        stored(area_id, photo(size=(99, 10)))

    assert caught.value.code == "too_many_photos"
    assert count() == services.MAX_OF_ONE


def _store_and_fail(area_id: int) -> None:
    with unit_of_work() as session:
        services.store(
            session, area_id, "x", photo(size=(9, 9)), SYSTEM, subject_type="activity", subject_id="abc"
        )
        raise RuntimeError("lost")


def test_a_transaction_undone_leaves_no_row_and_a_file_that_the_sweep_removes(
    area_id: int, site: Site, clock: FixedClock
) -> None:
    kept = stored(area_id)
    with pytest.raises(RuntimeError, match="lost"):
        _store_and_fail(area_id)

    assert count() == 1
    assert len(list((site.home / "files").glob("*/*.jpg"))) == 2
    with unit_of_work() as session:
        assert services.sweep_orphans(session) == 0
    clock.advance(hours=1, seconds=1)
    with unit_of_work() as session:
        assert services.sweep_orphans(session) == 1
    assert [path.stem for path in (site.home / "files").glob("*/*")] == [kept]


def test_the_sweep_touches_nothing_else(area_id: int, site: Site, clock: FixedClock) -> None:
    other = site.home / "files" / "notes" / "readme.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    os.utime(other, (0, 0))
    clock.advance(days=1)
    with unit_of_work() as session:
        services.sweep_orphans(session)

    assert other.exists()


def test_a_photo_taken_away_is_gone_with_its_file(area_id: int, site: Site) -> None:
    public_id = stored(area_id)
    with unit_of_work() as session:
        gone = services.remove(session, services.of_subject(session, "activity", "abc"), SYSTEM)
    services.discard(gone)

    assert (gone, count(), services.file_of(public_id).exists()) == ([public_id], 0, False)


def test_a_photo_is_found_from_its_area_and_above_only(area_id: int) -> None:
    public_id = stored(area_id)
    with read_scope() as session:
        areas = {area.name: area.id for area in session.scalars(select(Area))}
        found = {name for name, here in areas.items() if services.find_below(session, here, public_id)}

    assert found == {"平安街道", "幸福社区"}
