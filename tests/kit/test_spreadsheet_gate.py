"""The hostile corpus: every file here must be refused with a reason and a cure, and quickly."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import BROWSER, COMMAND_LINE, Kind, Row, gate, read_in_subprocess, read_rows
from tests.kit.workbooks import (
    HEADER_ROW,
    compound_file,
    from_rows,
    ods,
    ods_text,
    packed,
    parts,
    xlsx,
)


@contextmanager
def little_memory(mebibytes: int) -> Iterator[None]:
    """What is done inside makes room for no more than this: a bomb that goes off shows here first."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < mebibytes * 2**20


def refusal(data: bytes, filename: str = "a.xlsx") -> Problem:
    with pytest.raises(Problem) as caught:
        gate(data, filename)
    return caught.value


def test_an_ordinary_workbook_passes() -> None:
    assert gate(xlsx([["姓名"]]), "花名册.XLSX") is Kind.XLSX
    assert gate(ods(""), "a.ods") is Kind.ODS
    assert gate("姓名,电话\n".encode("gb18030"), "a.csv") is Kind.CSV
    assert gate("姓名\t电话\n".encode("utf-16"), "a.txt") is Kind.TXT
    assert gate(compound_file("Workbook"), "a.xls") is Kind.XLS


def test_s50_a_zip_bomb_of_some_hundred_kilobytes_is_refused_before_it_goes_off() -> None:
    content: dict[str, str | bytes] = {**parts(), "xl/media/zeros.xml": bytes(294_000_000)}
    bomb = packed(content)
    assert len(bomb) < 1_000_000
    with little_memory(50):
        assert refusal(bomb).code == "unpacked_too_large"


def test_a_bomb_that_lies_about_its_size_is_measured() -> None:
    plain = HEADER_ROW.encode()
    bomb = bytearray(packed({**parts(), "xl/big.xml": plain + bytes(30_000_000)}))
    # Put the size and checksum of a harmless beginning into both headers of the part.
    size, checksum = struct.pack("<I", len(plain)), struct.pack("<I", zlib.crc32(plain))
    local = bomb.index(b"xl/big.xml") - 30
    bomb[local + 14 : local + 18], bomb[local + 22 : local + 26] = checksum, size
    central = bomb.rindex(b"xl/big.xml") - 46
    bomb[central + 16 : central + 20], bomb[central + 24 : central + 28] = checksum, size
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        assert archive.read("xl/big.xml") == plain
    assert refusal(bytes(bomb)).code == "unpacked_too_large"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("declaration", ["<!DOCTYPE x>", '<!ENTITY a "b">', "<!doctype x>"])
def test_s50_a_document_type_declaration_is_refused_in_any_part_and_encoding(
    encoding: str, declaration: str
) -> None:
    shared = f'<?xml version="1.0" encoding="{encoding}"?>{declaration}<sst/>'.encode(encoding)
    assert refusal(packed({**parts(), "xl/sharedStrings.xml": shared})).code == "xml_doctype"


def test_a_declaration_across_two_pieces_is_seen() -> None:
    for shift in range(12):
        padding = b" " * (64 * 1024 - shift)
        data = packed({**parts(), "xl/sharedStrings.xml": padding + b"<!DOCTYPE x>"}, zipfile.ZIP_STORED)
        assert refusal(data).code == "xml_doctype"


def test_s50_too_many_parts_are_refused() -> None:
    data = packed({**parts(), **{f"xl/media/{number}.png": b"" for number in range(200)}})
    assert refusal(data).code == "too_many_parts"


def test_s50_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(10 * 1024 * 1024 + 1)
    with pytest.raises(Problem) as caught:
        gate(path, path.name)
    assert caught.value.code == "file_too_large"
    assert caught.value.params["megabytes"] == 11
    with pytest.raises(Problem) as caught:
        gate(path, path.name, COMMAND_LINE)
    assert caught.value.code == "not_a_workbook"


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (compound_file("EncryptedPackage", "EncryptionInfo"), "a.xlsx", "encrypted"),
        (compound_file("Workbook"), "a.xlsx", "wrong_extension"),
        (compound_file("Workbook", "_VBA_PROJECT_CUR"), "a.xls", "has_macros"),
        (compound_file("WordDocument"), "a.xls", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "broken_workbook"),
        (packed({**parts(), "xl/vbaProject.bin": b""}), "a.xlsx", "has_macros"),
        (packed({**parts()}), "a.xlsm", "has_macros"),
        (packed({**parts()}), "a.xls", "wrong_extension"),
        (packed({**parts()}), "a.csv", "wrong_extension"),
        (packed({"word/document.xml": "<d/>", "[Content_Types].xml": "<t/>"}), "a.xlsx", "not_a_workbook"),
        (packed({"xl/workbook.bin": b"", "[Content_Types].xml": "<t/>"}), "a.xlsx", "not_a_workbook"),
        (ods("", {"Basic/script-lb.xml": "<x/>"}), "a.ods", "has_macros"),
        (ods("", {"META-INF/manifest.xml": "<m><manifest:encryption-data/></m>"}), "a.ods", "encrypted"),
        (b"\n<html><table><tr><td>1</td></tr></table>", "a.xlsx", "not_a_workbook"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "a.xls", "not_a_workbook"),
        ("<!DOCTYPE html>".encode("utf-16"), "a.csv", "not_a_workbook"),
        ("姓名,电话".encode(), "a.xlsx", "not_a_workbook"),
        (b"", "a.xlsx", "not_a_workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.csv", "not_a_workbook"),
        (b"%PDF-1.7", "a.pdf", "unsupported_file"),
        (b"PK\x03\x04 and nothing more", "a.xlsx", "broken_workbook"),
        (packed({**parts()})[:-40], "a.xlsx", "broken_workbook"),
        (b"", "noextension", "unsupported_file"),
        (b"x", "../../app.db", "unsupported_file"),
        (b"x", "a\r\nb.exe", "unsupported_file"),
    ],
)
def test_what_is_not_a_readable_table_is_refused_with_a_cure(data: bytes, filename: str, code: str) -> None:
    problem = refusal(data, filename)
    assert problem.code == code
    assert any(cure in str(problem) for cure in ("save", "Save", "Copy"))


def test_a_workbook_with_a_password_made_by_zip_is_refused() -> None:
    data = bytearray(packed({**parts()}))
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1
    assert refusal(bytes(data)).code == "encrypted"


def test_a_part_that_comes_twice_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**parts(), "XL/Workbook.xml": "<other/>"}.items():
            archive.writestr(name, content)
    assert refusal(target.getvalue()).code == "broken_workbook"


@given(st.binary(max_size=400), st.sampled_from(["a.xlsx", "a.xls", "a.ods", "a.csv"]))
def test_no_bytes_ever_crash_the_gate(data: bytes, filename: str) -> None:
    for start in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with suppress(Problem):
            gate(start + data, filename)


@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_no_damage_to_a_workbook_ever_crashes_the_reader(place: int, noise: bytes) -> None:
    data = xlsx([["姓名", "电话"], ["张三", "13800001234"]])
    data = data[: place % len(data)] + noise + data[place % len(data) + len(noise) :]
    with suppress(Problem):
        read_rows(data, "a.xlsx")


def test_a_styled_cell_in_the_last_row_costs_nothing() -> None:
    data = from_rows(
        "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 201))
        + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    with little_memory(20):
        assert len(read_rows(data, "a.xlsx").rows) == 200


def test_a_value_in_the_last_row_is_cut_off_before_the_reader_makes_room_for_it() -> None:
    data = from_rows(HEADER_ROW + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    with little_memory(20):
        assert read_rows(data, "a.xlsx").rows == [["姓名"]]


def test_s50_reading_stops_after_two_hundred_blank_rows_and_not_before() -> None:
    def rows_with_gap(gap: int) -> list[Row]:
        number = gap + 2
        blank = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(2, 5))
        row = f'<row r="{number}"><c r="A{number}"><v>7</v></c></row>'
        return read_rows(from_rows(HEADER_ROW + blank + row), "a.xlsx").rows

    assert rows_with_gap(200)[-1] == [7]
    assert rows_with_gap(201) == [["姓名"]]


def test_s50_too_many_rows_and_columns_are_refused_by_place() -> None:
    limits = replace(BROWSER, max_rows=3, max_columns=4)
    with pytest.raises(Problem) as caught:
        read_rows(xlsx([["x"]] * 4), "a.xlsx", limits)
    assert caught.value.code == "too_many_rows"
    with pytest.raises(Problem) as caught:
        read_rows(xlsx([["a"], ["a", "b", "c", "d", "e"]]), "a.xlsx", limits)
    assert (caught.value.code, caught.value.params["row"], caught.value.params["column"]) == (
        "too_many_columns",
        2,
        "E",
    )
    assert len(read_rows(xlsx([["a", "b", "c", "d"]] * 3), "a.xlsx", limits).rows) == 3
    for text, code in (("a\n" * 4, "too_many_rows"), ("a,b,c,d,e\n", "too_many_columns")):
        with pytest.raises(Problem) as caught:
            read_rows(text.encode(), "a.csv", limits)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c r="A900000"><v>1</v></c></row>',
        '<row r="2"><c r="A2"/></row><row r="1"><c r="A1"><v>1</v></c></row>',
    ],
)
def test_cells_that_contradict_their_row_are_refused(row: str) -> None:
    with pytest.raises(Problem) as caught:
        read_rows(from_rows(HEADER_ROW + row), "a.xlsx")
    assert caught.value.code == "broken_workbook"


def test_an_opendocument_table_that_repeats_itself_a_million_times_is_contained() -> None:
    name = f"<table:table-row>{ods_text('姓名')}</table:table-row>"
    blank = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    wide = ods_text("x", 'table:number-columns-repeated="16384"')
    tall = name.replace("-row>", '-row table:number-rows-repeated="99999">', 1)
    with little_memory(20):
        assert read_rows(ods(name + blank + name), "a.ods").rows == [["姓名"]]
        for rows, code in (
            (tall, "too_many_rows"),
            (f"<table:table-row>{wide}</table:table-row>", "too_many_columns"),
        ):
            with pytest.raises(Problem) as caught:
                read_rows(ods(rows), "a.ods")
            assert caught.value.code == code


def test_a_child_process_reads_the_same_and_refuses_the_same() -> None:
    data = xlsx([["姓名", "时间"], ["张三", 1.5]])
    assert read_in_subprocess(data, "a.xlsx") == read_rows(data, "a.xlsx")
    with pytest.raises(Problem) as caught:
        read_in_subprocess(b"<html>", "a.xlsx")
    assert caught.value.code == "not_a_workbook"
    assert ".xlsx" in str(caught.value)


def test_s50_a_child_process_that_needs_too_much_memory_ends_in_a_refusal() -> None:
    strings = "".join(f"<si><t>{'长' * 30}{number}</t></si>" for number in range(400_000))
    data = packed({**parts(), "xl/sharedStrings.xml": f"<sst>{strings}</sst>"}, zipfile.ZIP_DEFLATED)
    roomy = replace(BROWSER, max_memory=24 * 1024 * 1024)
    with pytest.raises(Problem) as caught:
        read_in_subprocess(data, "a.xlsx", roomy)
    assert caught.value.code == "read_too_big"


def test_s50_a_child_process_that_takes_too_long_ends_in_a_refusal() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><f>1</f><v>1</v></c></row>' for n in range(1, 200_000))
    with pytest.raises(Problem) as caught:
        read_in_subprocess(from_rows(rows), "a.xlsx", replace(COMMAND_LINE, max_seconds=0))
    assert caught.value.code == "read_too_slow"
