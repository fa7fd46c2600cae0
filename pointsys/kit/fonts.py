"""Which characters a set of font files can print, read from their tables of characters.

A character that no font has would be left out of a paper without a word, and names hold rare ones.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")
# What printers set where a character is missing.
MISSING = "\u3013"
_COLLECTION = b"ttcf"


@lru_cache(maxsize=16)
def characters(font: Path) -> frozenset[int]:
    """Code points that a font file has glyphs for; none for a file that cannot be read as a font."""
    try:
        data = font.read_bytes()
        return frozenset(point for start in _faces(data) for point in _face(data, start))
    except (OSError, struct.error, IndexError):
        return frozenset()


def fonts_in(folder: Path) -> list[Path]:
    """The font files of a folder by name; none where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def missing_in(text: str, fonts: Iterable[Path]) -> list[str]:
    """The printable characters of a text that none of the fonts has, each once, in order of appearance."""
    wanted = dict.fromkeys(sign for sign in text if sign.isprintable() and not sign.isspace())
    for font in fonts:
        if not wanted:
            break
        known = characters(font)
        wanted = {sign: None for sign in wanted if ord(sign) not in known}
    return list(wanted)


def replaced(value: object, table: Mapping[int, str]) -> object:
    """JSON data with characters of all its texts put in place of others."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, Mapping):
        return {key: replaced(part, table) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [replaced(part, table) for part in value]
    return value


def _faces(data: bytes) -> Iterator[int]:
    if data[:4] != _COLLECTION:
        yield 0
        return
    (count,) = struct.unpack_from(">I", data, 8)
    yield from struct.unpack_from(f">{min(count, 64)}I", data, 12)


def _face(data: bytes, start: int) -> Iterator[int]:
    (tables,) = struct.unpack_from(">H", data, start + 4)
    for place in range(tables):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, start + 12 + 16 * place)
        if tag == b"cmap":
            yield from _cmap(data, offset)


def _cmap(data: bytes, offset: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">H", data, offset + 2)
    for place in range(count):
        _platform, _encoding, at = struct.unpack_from(">HHI", data, offset + 4 + 8 * place)
        (form,) = struct.unpack_from(">H", data, offset + at)
        if form == 12:
            yield from _groups(data, offset + at)
        elif form == 4:
            yield from _segments(data, offset + at)


def _groups(data: bytes, at: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", data, at + 12)
    for place in range(groups):
        first, last, _glyph = struct.unpack_from(">III", data, at + 16 + 12 * place)
        yield from range(first, min(last, 0x10FFFF) + 1)


def _segments(data: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", data, at + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + twice)
    for first, last in zip(starts, ends, strict=True):
        if first != 0xFFFF:
            yield from range(first, last + 1)
