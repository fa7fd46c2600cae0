"""Numbered documents: one text for one content, codes that catch slips, and paper that prints the same everywhere."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.documents import (
    canonical,
    check_code,
    digest,
    format_number,
    parse_check_code,
    parse_number,
    render_pdf,
)
from pointsys.kit.fonts import fonts_in, missing_in, replaced
from pointsys.kit.problems import Problem

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_the_order_of_keys_does_not_change_the_text(snapshot: dict[str, object]) -> None:
    assert canonical(dict(reversed(snapshot.items()))) == canonical(snapshot)


def test_the_text_is_exact_and_keeps_characters() -> None:
    assert canonical({"b": [1, "张伟"], "a": None}) == '{"a":null,"b":[1,"张伟"]}'


@pytest.mark.parametrize("value", [0.1, [0.5], {"x": {"y": float("nan")}}])
def test_a_float_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="float"):
        canonical({"a": value})


def test_the_digest_is_sha_256() -> None:
    # The digest of "abc" is printed in FIPS 180-2, appendix B.1.
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_number_is_read_back_however_it_is_typed() -> None:
    number = format_number("CY", "320102001001", 2026, 42)
    assert number == "CY-320102001001-2026-0042"
    for typed in (number, number.lower(), f" {number} ", number.replace("-", "－"), number.replace("-", "—")):
        assert parse_number(typed) == number


@pytest.mark.parametrize("typed", ["", "42", "CY-1-26-42", "CY/320102/2026/0042", "' OR 1=1 --"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_number(typed)
    assert (caught.value.code, caught.value.field) == ("bad_document_number", "number")


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_check_code_has_eight_unmistakable_signs_and_is_read_back(
    number: str, token: str, sha: str
) -> None:
    code = check_code(number, token, sha)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{8}", code)
    assert parse_check_code(f" {code[:4].lower()}-{code[4:]} ") == code


def test_a_check_code_depends_on_number_token_and_content() -> None:
    codes = {
        check_code(*given) for given in [("n", "t", "s"), ("m", "t", "s"), ("n", "u", "s"), ("n", "t", "r")]
    }
    assert len(codes) == 4


def test_letters_that_look_like_digits_are_read_as_such() -> None:
    assert parse_check_code("OIL00000") == "01100000"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567U", "张张张张张张张张"])
def test_what_is_no_check_code_is_refused(typed: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_check_code(typed)
    assert caught.value.code == "bad_check_code"


def test_a_template_is_printed_with_its_data(tmp_path: Path) -> None:
    template = tmp_path / "one.typ"
    template.write_text("#set document(title: json(bytes(sys.inputs.data)).name)\n#lorem(5)", "utf-8")
    pdf = render_pdf(template, {"name": "Sheet 7"})
    assert pdf.startswith(b"%PDF-")
    assert b"Sheet 7" in pdf


def _texts_in(pdf: bytes) -> set[int]:
    """The code points that a PDF maps its glyphs back to: what a reader can search for and copy."""
    found: set[int] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(stream)
        except zlib.error:
            continue
        for target in re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", text):
            found.update(map(ord, bytes.fromhex(target.decode()).decode("utf-16-be", "replace")))
    return found


RARE = "㛃𬭎龘·䶮ü"


def test_rare_characters_of_names_are_on_the_paper(tmp_path: Path) -> None:
    template = tmp_path / "one.typ"
    template.write_text(
        '#set text(font: "Noto Serif SC")\n#let d = json(bytes(sys.inputs.data))\n#d.name #d.missing.flatten().join()',
        "utf-8",
    )
    assert {ord(sign) for sign in RARE} <= _texts_in(render_pdf(template, {"name": RARE}))
    # This one is in no shipped font: it is marked and told by its code, never left out in silence.
    printed = _texts_in(render_pdf(template, {"name": "张𠮷"}))
    assert {ord(sign) for sign in "张〓U+20BB7"} <= printed
    assert ord("𠮷") not in printed


def test_fonts_of_the_site_fill_in_and_files_that_are_none_do_not_disturb(tmp_path: Path) -> None:
    (tmp_path / "broken.otf").write_bytes(b"OTTO\x00\x09 no font")
    (tmp_path / "read.txt").write_text("𠮷", "utf-8")
    fonts = fonts_in(tmp_path)
    assert [path.name for path in fonts] == ["broken.otf"]
    assert missing_in("𠮷 a\n", fonts) == ["𠮷", "a"]
    assert fonts_in(tmp_path / "nowhere") == []
    assert replaced({"a": ["𠮷", 1, None]}, {ord("𠮷"): "〓"}) == {"a": ["〓", 1, None]}
