"""From an uploaded file to a picture of ours: nothing of the upload but its pixels gets through.

A JPEG is written anew from the decoded pixels, so that position data, comments, profiles and whatever was hung
behind the picture stay behind. Source: ASVS 5.2 to 5.4.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from pointsys.kit.problems import N_, Problem

MAX_PIXELS = 40_000_000
MAX_BYTES = 10 * 1024 * 1024
LONGEST_SIDE = 2_000
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")

BAD_IMAGE = N_("“%(name)s” is not a photo that can be read. Send a JPEG, PNG or WebP picture.")
TOO_LARGE = N_("“%(name)s” is too large: at most 40 million pixels and 10 MB. Send it smaller.")


@dataclass(frozen=True)
class Picture:
    """A JPEG of ours; width and height in pixels."""

    data: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """Digest of the file as kept."""
        return hashlib.sha256(self.data).hexdigest()


def read_picture(data: bytes, name: str = "") -> Picture:
    """Decode an upload and draw it anew, at most 2000 pixels long; ``name`` is for the words of a refusal only.

    Raises Problem bad_image (SVG, HTML, anything that is no JPEG, PNG or WebP, or breaks off) and image_too_large
    (over 10 MB or 40 Mpx, told by the header before anything is decoded).
    """
    name = name[-60:] or "-"
    if len(data) > MAX_BYTES:
        raise Problem("image_too_large", TOO_LARGE, field="photos", name=name)
    if not _looks_like_a_picture(data):
        raise Problem("bad_image", BAD_IMAGE, field="photos", name=name)
    try:
        return _draw_anew(data, name)
    except Problem:
        raise
    except Exception as error:
        raise Problem("bad_image", BAD_IMAGE, field="photos", name=name) from error


def _looks_like_a_picture(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    )


def _draw_anew(data: bytes, name: str) -> Picture:
    # Loading the library takes longer than most requests; only those who send a photo wait for it.
    from PIL import Image, ImageOps

    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        too_large = image.width * image.height > MAX_PIXELS
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        too_large = True
    if too_large:
        raise Problem("image_too_large", TOO_LARGE, field="photos", name=name)
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image = ImageOps.exif_transpose(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new sheet: the old one carries comments and profiles that saving would copy.
    sheet = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "P", "PA"):
        image = image.convert("RGBA")
        sheet.paste(image, mask=image.getchannel("A"))
    else:
        sheet.paste(image.convert("RGB"))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Picture(out.getvalue(), sheet.width, sheet.height)
