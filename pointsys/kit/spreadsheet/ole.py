"""Just enough of the old compound file format (.xls) to see what is inside before parsing it.

``stream_names`` lists a container, ``scan_xls`` walks the records of its workbook for what the reader has to
know and does not tell: formula cells, the 1904 date system and encryption. Layouts: [MS-CFB], [MS-XLS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pointsys.kit.spreadsheet.limits import broken

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END = 0xFFFFFFFA  # this and above are marks, not sectors
_ENTRY_SIZE = 128
_STREAM, _ROOT = 2, 5

_FORMULA, _FILEPASS, _DATEMODE, _BOUNDSHEET, _BOF = 0x0006, 0x002F, 0x0022, 0x0085, 0x0809


@dataclass(slots=True)
class XlsScan:
    """What the records say; formulas by sheet index in file order, as (row number, 0-based column)."""

    encrypted: bool = False
    date1904: bool = False
    formulas: dict[int, set[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


def stream_names(data: bytes) -> list[str]:
    """Return the names of all storages and streams of a compound file; Problem broken_workbook."""
    return [entry.name for entry in _Container(data).entries]


def scan_xls(data: bytes) -> XlsScan:
    """Walk the records of an .xls workbook; Problem broken_workbook."""
    container = _Container(data)
    scan = XlsScan()
    sheets: dict[int, int] = {}
    sheet = -1
    for place, kind, body in _records(container.workbook()):
        if kind == _FILEPASS:
            scan.encrypted = True
            break
        if kind == _DATEMODE:
            scan.date1904 = body[:1] == b"\x01"
        elif kind == _BOUNDSHEET and len(body) >= 4:
            sheets[struct.unpack_from("<I", body)[0]] = len(sheets)
        elif kind == _BOF and place in sheets:
            sheet = sheets[place]
        elif kind == _FORMULA and len(body) >= 4 and sheet >= 0:
            row, column = struct.unpack_from("<HH", body)
            scan.formulas.setdefault(sheet, set()).add((row + 1, column))
    return scan


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield place, kind, stream[place + 4 : place + 4 + min(length, 16)]
        place += 4 + length


class _Container:
    def __init__(self, data: bytes) -> None:
        if len(data) < 512:
            raise broken()
        self.data = data
        self.sector = 1 << struct.unpack_from("<H", data, 30)[0]
        self.mini_sector = 1 << struct.unpack_from("<H", data, 32)[0]
        if self.sector not in (512, 4096) or self.mini_sector != 64:
            raise broken()
        self.table = self._allocation_table()
        directory = self._chain(struct.unpack_from("<I", data, 48)[0])
        self.entries = list(_entries(directory))

    def workbook(self) -> bytes:
        """The bytes of the workbook's own stream, from the large or the small sectors."""
        entry = next((e for e in self.entries if e.name.casefold() in ("workbook", "book")), None)
        if entry is None or entry.kind != _STREAM:
            raise broken()
        if entry.size >= struct.unpack_from("<I", self.data, 56)[0]:
            return self._chain(entry.start)[: entry.size]
        root = next((e for e in self.entries if e.kind == _ROOT), None)
        if root is None:
            raise broken()
        small = self._chain(root.start)
        table = _numbers(self._chain(struct.unpack_from("<I", self.data, 60)[0]))
        pieces = [small[at * 64 : at * 64 + 64] for at in _walk(table, entry.start)]
        return b"".join(pieces)[: entry.size]

    def _allocation_table(self) -> list[int]:
        sectors = [number for number in struct.unpack_from("<109I", self.data, 76) if number < _END]
        following = struct.unpack_from("<I", self.data, 68)[0]
        seen: set[int] = set()
        while following < _END:
            if following in seen:
                raise broken()
            seen.add(following)
            *more, following = _numbers(self._read(following))
            sectors += [number for number in more if number < _END]
        return [entry for number in sectors for entry in _numbers(self._read(number))]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._read(number) for number in _walk(self.table, start))

    def _read(self, number: int) -> bytes:
        place = (number + 1) * self.sector
        piece = self.data[place : place + self.sector]
        if not piece:
            raise broken()
        return piece.ljust(self.sector, b"\0")


def _walk(table: Sequence[int], start: int) -> Iterator[int]:
    """The sector numbers of a chain; a loop in it ends in a refusal."""
    left = len(table)
    while start < _END:
        if start >= len(table) or left == 0:
            raise broken()
        yield start
        start = table[start]
        left -= 1


def _numbers(piece: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(piece) // 4}I", piece[: len(piece) // 4 * 4])


def _entries(directory: bytes) -> Iterator[_Entry]:
    for place in range(0, len(directory) - _ENTRY_SIZE + 1, _ENTRY_SIZE):
        raw = directory[place : place + _ENTRY_SIZE]
        length = min(struct.unpack_from("<H", raw, 64)[0], 64)
        kind = raw[66]
        if kind and length >= 2:
            name = raw[: length - 2].decode("utf-16-le", "replace")
            yield _Entry(name, kind, *struct.unpack_from("<II", raw, 116))
