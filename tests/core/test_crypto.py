"""Sealed values and their blind index."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.core.crypto import CannotDecrypt, Keyring, new_keyring
from pointsys.core.key_file import load_or_create

KEYS = new_keyring()
PHONE = "person.phone"


@given(st.text(max_size=40))
def test_what_was_sealed_opens_again(value: str) -> None:
    assert KEYS.decrypt(PHONE, "row", KEYS.encrypt(PHONE, "row", value)) == value


def test_sealing_twice_gives_two_ciphertexts() -> None:
    assert KEYS.encrypt(PHONE, "row", "13800001234") != KEYS.encrypt(PHONE, "row", "13800001234")


@pytest.mark.parametrize(("column", "row"), [(PHONE, "other"), ("person.id_number", "row")])
def test_s40_a_ciphertext_moved_to_another_row_or_column_does_not_open(column: str, row: str) -> None:
    sealed = KEYS.encrypt(PHONE, "row", "13800001234")

    with pytest.raises(CannotDecrypt):
        KEYS.decrypt(column, row, sealed)


@given(st.integers(min_value=0), st.integers(0, 7))
def test_s40_any_flipped_bit_fails_closed(position: int, bit: int) -> None:
    sealed = bytearray(KEYS.encrypt(PHONE, "row", "13800001234"))
    sealed[position % len(sealed)] ^= 1 << bit

    with pytest.raises(CannotDecrypt):
        KEYS.decrypt(PHONE, "row", bytes(sealed))


@pytest.mark.parametrize("length", range(0, 30, 3))
def test_s40_a_cut_ciphertext_fails_closed(length: int) -> None:
    sealed = KEYS.encrypt(PHONE, "row", "13800001234")[:length]

    with pytest.raises(CannotDecrypt):
        KEYS.decrypt(PHONE, "row", sealed)


def test_s41_the_version_of_the_key_is_stored_and_old_versions_still_open() -> None:
    rotated = Keyring(
        {**KEYS.data_keys, 2: b"\x07" * 32}, 2, KEYS.index_key, KEYS.secret_key, KEYS.backup_key
    )
    old = KEYS.encrypt(PHONE, "row", "13800001234")
    new = rotated.encrypt(PHONE, "row", "13800001234")

    assert (old[:2], new[:2]) == (b"\x00\x01", b"\x00\x02")
    assert rotated.decrypt(PHONE, "row", old) == "13800001234"
    with pytest.raises(CannotDecrypt):
        KEYS.decrypt(PHONE, "row", new)


def test_s41_the_index_key_is_never_a_data_key() -> None:
    with pytest.raises(ValueError, match="index key"):
        Keyring(KEYS.data_keys, 1, KEYS.data_keys[1], KEYS.secret_key, KEYS.backup_key)


def test_s41_equal_values_of_a_column_have_equal_indexes_and_no_others_do() -> None:
    index = KEYS.blind_index(PHONE, "13800001234")

    assert index == KEYS.blind_index(PHONE, "13800001234")
    assert len(index) == 32
    assert index != KEYS.blind_index(PHONE, "13800001235")
    assert index != KEYS.blind_index("person.id_number", "13800001234")
    assert index != new_keyring().blind_index(PHONE, "13800001234")


@pytest.mark.parametrize("secret", ["changeme", "SECRET-KEY", "x" * 31, ""])
def test_a_sample_or_short_session_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Keyring(KEYS.data_keys, 1, KEYS.index_key, secret, KEYS.backup_key)


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "keys.json"

    first = load_or_create(path)

    assert load_or_create(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create(tmp_path / "other.json").index_key != first.index_key
