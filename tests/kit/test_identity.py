from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.identity import (
    clean_lines,
    clean_text,
    normalise_name,
    normalise_text,
    parse_id_number,
    parse_phone,
)
from pointsys.kit.masking import mask_id_number, mask_name, mask_phone
from pointsys.kit.problems import Problem

TODAY = date(2026, 4, 1)


def check_digit(seventeen: str) -> str:
    """ISO 7064 mod 11-2 in its defining form, not by weights."""
    remainder = 0
    for digit in seventeen:
        remainder = (remainder + int(digit)) * 2 % 11
    check = (12 - remainder) % 11
    return "X" if check == 10 else str(check)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("赖　佳玲", "赖佳玲"),
        (" 张 伟 ", "张伟"),
        ("李\u200b娜\ufeff", "李娜"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽 ・ 买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("John   Smith", "John Smith"),
        ("J. R. Smith", "J. R. Smith"),
        ("Ｊohn", "John"),
        ("𠅤明", "𠅤明"),
        ("张\r\n三", "张三"),
        ("张三\x00", "张三"),
        (None, ""),
    ],
)
def test_a_name_has_one_spelling(typed: object, name: str) -> None:
    assert normalise_name(typed) == name


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_name(normalise_name(text)) == normalise_name(text)
    assert normalise_text(normalise_text(text)) == normalise_text(text)


@given(st.text(st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF), min_size=1))
def test_rare_characters_survive(name: str) -> None:
    assert normalise_name(name) == name


def test_display_text_keeps_full_width_punctuation_and_comparison_text_does_not() -> None:
    assert clean_text("　清洁家园（第 1期）\u200b") == "清洁家园（第 1期）"
    assert clean_lines("\n　米面\u200b 油 \r\n\n送到家\n") == "米面 油\n\n送到家"
    assert normalise_text("　清洁家园（第 １期）") == "清洁家园(第 1期)"
    assert normalise_text(12.0) == "12"


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13800001234", "13800001234"),
        ("185 3237-4341", "18532374341"),
        ("１８０２４８３００４１", "18024830041"),
        ("+86 138 0000 1234", "13800001234"),
        ("8613800001234", "13800001234"),
        ("008613800001234", "13800001234"),
        (13800001234.0, "13800001234"),
        (13800001234, "13800001234"),
        ("13800001234.0", "13800001234"),
        ("'13800001234", "13800001234"),
        ("0991-1234567", "0991-1234567"),
        ("09911234567", "0991-1234567"),
        ("(010)6552 1234", "010-65521234"),
        ("０２１－６２３４５６７８", "021-62345678"),
    ],
)
def test_a_phone_is_read_however_it_is_typed(typed: object, phone: str) -> None:
    assert parse_phone(typed) == phone


@pytest.mark.parametrize(
    "typed", ["", None, "12800001234", "1380000123", "138000012345", "无", "13800001234/13900001234", 0.5]
)
def test_what_is_no_phone_is_refused(typed: object) -> None:
    with pytest.raises(Problem) as refusal:
        parse_phone(typed)
    assert refusal.value.code == "bad_phone"
    assert "0991-1234567" in str(refusal.value)


@pytest.mark.parametrize("typed", [1.3800001234e16, "1.38E+10", "1.38e10"])
def test_a_phone_in_exponent_form_has_lost_digits(typed: object) -> None:
    with pytest.raises(Problem) as refusal:
        parse_phone(typed)
    assert refusal.value.code == "lost_digits"


def test_an_id_number_tells_birth_date_and_sex() -> None:
    found = parse_id_number("990101199003070015", today=TODAY)
    assert (found.number, found.birth_date, found.sex) == ("990101199003070015", date(1990, 3, 7), "male")


def test_lower_case_x_full_width_digits_and_blanks_are_normalised() -> None:
    number = "11010119900307" + "002"
    while check_digit(number) != "X":
        number = number[:14] + f"{int(number[14:]) + 1:03d}"
    typed = " " + "".join(chr(ord(c) + 0xFEE0) for c in number[:6]) + " " + number[6:] + "x\u3000"
    assert parse_id_number(typed, today=TODAY).number == number + "X"


@given(
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
def test_every_region_code_is_accepted(region: str, born: date, serial: int) -> None:
    body = f"{region}{born:%Y%m%d}{serial:03d}"
    found = parse_id_number(body + check_digit(body), today=TODAY)
    assert found.birth_date == born
    assert found.sex == ("male" if serial % 2 else "female")


@given(st.dates(date(1930, 1, 1), TODAY), st.integers(1, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(born: date, serial: int, place: int, shift: int) -> None:
    body = f"990101{born:%Y%m%d}{serial:03d}"
    good = body + check_digit(body)
    bad = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(Problem):
        parse_id_number(bad, today=TODAY)


@pytest.mark.parametrize("region", ["810000", "820000", "830000", "911100"])
def test_permits_of_hong_kong_macau_taiwan_and_foreigners_are_accepted(region: str) -> None:
    body = f"{region}19880501123"
    assert parse_id_number(body + check_digit(body), today=TODAY).number.startswith(region)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("990101199003070014", "bad_id_number"),
        ("99010119900307001", "bad_id_number"),
        ("99010119901307001X", "bad_id_number"),
        ("990101199002300015", "bad_id_number"),
        ("130503670401001", "bad_id_number"),
        (130503670401001.0, "bad_id_number"),
        ("３７０５０２ab", "bad_id_number"),
        ("", "bad_id_number"),
        (3.70502e17, "lost_digits"),
        ("3.70502E+17", "lost_digits"),
        (990101199003070015.0, "lost_digits"),
        ("370502199001010000", "lost_digits"),
    ],
)
def test_a_wrong_id_number_names_its_fault(typed: object, code: str) -> None:
    with pytest.raises(Problem) as refusal:
        parse_id_number(typed, today=TODAY)
    assert refusal.value.code == code
    assert "Text" in str(refusal.value) or "card" in str(refusal.value)


def test_a_birth_date_in_the_future_is_refused() -> None:
    body = "99010120260402001"
    number = body + check_digit(body)
    assert parse_id_number(number, today=date(2026, 4, 2)).birth_date == date(2026, 4, 2)
    with pytest.raises(Problem):
        parse_id_number(number, today=TODAY)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("欧阳震华", "欧*"),
        ("阿依古丽·买买提", "阿*"),
        ("John Smith", "J*"),
        ("𠅤明", "𠅤*"),
        ("葛\U000e0100城", "葛\U000e0100*"),
        ("", ""),
    ],
)
def test_a_masked_name_shows_one_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked
    assert mask_name(masked) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("0991-1234567", "0991****567"),
        ("010-65521234", "010****1234"),
        ("1234567", "****"),
        ("", ""),
    ],
)
def test_a_masked_phone_shows_at_most_seven_digits(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text(st.sampled_from("0123456789-+ "), max_size=20))
def test_no_masked_phone_ever_shows_more_than_seven_digits(phone: str) -> None:
    assert sum(character.isdigit() for character in mask_phone(phone)) <= 7


def test_a_masked_id_number_shows_no_digit() -> None:
    assert mask_id_number("990101199003070015") == "***"
    assert mask_id_number() == "***"
