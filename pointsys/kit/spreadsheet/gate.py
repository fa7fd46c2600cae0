"""What is looked at before any parser sees a file: is it what its name says, and is it harmless in size.

Packed files are measured by unpacking them here, in small pieces that are thrown away: the sizes that a zip
directory claims are checked first, because that costs nothing, and then not trusted.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath

from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet.limits import BROWSER, MIB, Kind, Limits, Source, broken, load
from pointsys.kit.spreadsheet.ole import OLE_MAGIC, stream_names

_KINDS = {
    ".xlsx": Kind.XLSX,
    ".xls": Kind.XLS,
    ".ods": Kind.ODS,
    ".csv": Kind.CSV,
    ".txt": Kind.TXT,
    ".tsv": Kind.TXT,
}
_MACRO_EXTENSIONS = (".xlsm", ".xltm", ".xlam")
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_ZIP_MAGIC = b"PK\x03\x04"
_ENCRYPTED_FLAG = 1
_CHUNK = 64 * 1024
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<head|<body|<table|<meta|<\?xml|<style)", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)
_LONGEST_DECLARATION = len(b"<!doctype")

UNSUPPORTED = N_(
    "Files of the type “%(extension)s” cannot be read. Open it in Excel or WPS, save it as .xlsx and choose "
    "that file; .xls, .ods and .csv work too."
)
WRONG_EXTENSION = N_(
    "The file's name ends in .%(extension)s but its content is .%(kind)s. Open it in Excel or WPS and save it "
    "as .xlsx, or correct the name."
)
WEB_PAGE = N_(
    "This is a web page named .%(extension)s, as some systems export it. Open it in Excel or WPS, save it as "
    ".xlsx and choose that file."
)
NOT_A_WORKBOOK = N_(
    "This is not a spreadsheet, although its name ends in .%(extension)s. "
    "Open it in Excel or WPS, save it as .xlsx and choose that file."
)
ENCRYPTED = N_("The file is protected by a password. Remove the password in Excel or WPS and save it again.")
HAS_MACROS = N_("The file contains macros. Save it as .xlsx in Excel or WPS, which leaves the macros out.")
TOO_MANY_PARTS = N_(
    "The file is made of %(parts)s parts, at most %(limit)s are read. Copy the table into a new workbook."
)
UNPACKED_TOO_LARGE = N_(
    "The file unpacks to far more than a table needs (more than %(limit)s MB, or more than %(ratio)s times its "
    "size). Copy the table into a new workbook and save that."
)
XML_DOCTYPE = N_(
    "The file contains a document type declaration, which spreadsheets never have. "
    "Copy the table into a new workbook and save that."
)


def gate(source: Source, filename: str, limits: Limits = BROWSER) -> Kind:
    """Return the kind of a file that is safe to parse; ``filename`` only tells the extension.

    Raises Problem: file_too_large, unsupported_file, wrong_extension, not_a_workbook, encrypted, has_macros,
    too_many_parts, unpacked_too_large, xml_doctype, broken_workbook. Requirement S-50.
    """
    extension = PurePath(filename.strip()).suffix.lower()
    if extension in _MACRO_EXTENSIONS:
        raise Problem("has_macros", HAS_MACROS)
    kind = _KINDS.get(extension)
    if kind is None:
        raise Problem("unsupported_file", UNSUPPORTED, extension=extension[:20] or filename[:20])
    data = load(source, limits)
    found = _sniff(data, extension[1:], limits)
    if kind in (Kind.CSV, Kind.TXT) and found is Kind.TXT:
        return kind
    if found is Kind.TXT:
        raise Problem("not_a_workbook", NOT_A_WORKBOOK, extension=extension[1:])
    if found is not kind:
        raise Problem("wrong_extension", WRONG_EXTENSION, extension=extension[1:], kind=str(found))
    return kind


def _sniff(data: bytes, extension: str, limits: Limits) -> Kind:
    """What the content is, whatever its name; text is what is nothing else."""
    if data.startswith(_ZIP_MAGIC):
        return _check_zip(data, extension, limits)
    if data.startswith(OLE_MAGIC):
        return _check_ole(data, extension)
    plain = data[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
    if _MARKUP.match(plain):
        raise Problem("not_a_workbook", WEB_PAGE, extension=extension)
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Problem("not_a_workbook", NOT_A_WORKBOOK, extension=extension)
    return Kind.TXT


def _check_ole(data: bytes, extension: str) -> Kind:
    names = {name.casefold() for name in stream_names(data)}
    if "encryptedpackage" in names:
        raise Problem("encrypted", ENCRYPTED)
    if "_vba_project_cur" in names or "vba" in names:
        raise Problem("has_macros", HAS_MACROS)
    if not names & {"workbook", "book"}:
        raise Problem("not_a_workbook", NOT_A_WORKBOOK, extension=extension)
    return Kind.XLS


def _check_zip(data: bytes, extension: str, limits: Limits) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError) as error:
        raise broken() from error
    _check_directory(parts, len(data), limits)
    kind = _zip_kind(data, parts, extension)
    allowed = min(limits.max_unpacked, limits.max_ratio * len(data))
    for part in parts:
        allowed -= _check_part(data, part, allowed, limits)
    return kind


def _check_directory(parts: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    if len(parts) > limits.max_parts:
        raise Problem("too_many_parts", TOO_MANY_PARTS, parts=len(parts), limit=limits.max_parts)
    unpacked = sum(part.file_size for part in parts)
    if unpacked > min(limits.max_unpacked, limits.max_ratio * size):
        raise _too_large(limits)
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise Problem("encrypted", ENCRYPTED)
    names = [part.filename.casefold() for part in parts]
    if len(set(names)) != len(names):
        raise broken()
    if any(name.endswith("vbaproject.bin") or name.startswith(("basic/", "scripts/")) for name in names):
        raise Problem("has_macros", HAS_MACROS)


def _zip_kind(data: bytes, parts: list[zipfile.ZipInfo], extension: str) -> Kind:
    by_name = {part.filename.casefold(): part for part in parts}
    if "mimetype" in by_name and _ODS_TYPE in _start(data, by_name["mimetype"]):
        manifest = by_name.get("meta-inf/manifest.xml")
        if manifest is not None and b"encryption-data" in b"".join(_unpack(data, manifest)):
            raise Problem("encrypted", ENCRYPTED)
        return Kind.ODS
    if any(name.endswith("workbook.xml") for name in by_name) and "[content_types].xml" in by_name:
        if b"macroEnabled" in b"".join(_unpack(data, by_name["[content_types].xml"])):
            raise Problem("has_macros", HAS_MACROS)
        return Kind.XLSX
    raise Problem("not_a_workbook", NOT_A_WORKBOOK, extension=extension)


def _start(data: bytes, part: zipfile.ZipInfo) -> bytes:
    return next(_unpack(data, part), b"")


def _check_part(data: bytes, part: zipfile.ZipInfo, allowed: int, limits: Limits) -> int:
    """Unpack one part, look for declarations in XML, and return its true size."""
    markup = part.filename.casefold().endswith((".xml", ".rels", ".vml"))
    size = 0
    tail = b""
    for piece in _unpack(data, part):
        size += len(piece)
        if size > allowed:
            raise _too_large(limits)
        if markup:
            # XML in UTF-16 has a zero byte beside every letter.
            text = tail + piece.replace(b"\0", b"")
            if _DECLARATION.search(text):
                raise Problem("xml_doctype", XML_DOCTYPE)
            tail = text[-_LONGEST_DECLARATION:]
    if size != part.file_size:
        raise broken()
    return size


def _unpack(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part's content in pieces, up to the end of its packed data.

    ``zipfile`` stops at the size that the directory claims, other readers go on: this one goes on too, so
    that a false size is seen.
    """
    header = data[part.header_offset : part.header_offset + 30]
    if len(header) < 30 or not header.startswith(_ZIP_MAGIC):
        raise broken()
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = part.header_offset + 30 + name_length + extra_length
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for place in range(0, len(packed), _CHUNK):
            yield bytes(packed[place : place + _CHUNK])
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflate(packed)
    else:
        raise broken()


def _inflate(packed: memoryview) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for place in range(0, len(packed), _CHUNK):
            piece = stream.decompress(packed[place : place + _CHUNK], _CHUNK)
            while piece:
                yield piece
                piece = stream.decompress(stream.unconsumed_tail, _CHUNK)
    except zlib.error as error:
        raise broken() from error
    if not stream.eof:
        raise broken()


def _too_large(limits: Limits) -> Problem:
    return Problem(
        "unpacked_too_large",
        UNPACKED_TOO_LARGE,
        limit=limits.max_unpacked // MIB,
        ratio=limits.max_ratio,
    )
