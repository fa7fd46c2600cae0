"""S-45, A10: keys are made at the first run, lie in a file only the owner reads, and known samples are refused."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from pointsys.core.crypto import SAMPLE_KEYS, Keyring, new_keyring
from pointsys.core.key_file import load_or_create
from tests.browsers import World


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


def test_s45_two_sites_have_different_keys(tmp_path: Path) -> None:
    first, second = load_or_create(tmp_path / "a.json"), load_or_create(tmp_path / "b.json")
    assert first.secret_key != second.secret_key
    assert first.index_key != second.index_key
    assert load_or_create(tmp_path / "a.json").secret_key == first.secret_key


def test_s45_the_key_file_is_the_owner_s_alone(tmp_path: Path) -> None:
    load_or_create(tmp_path / "keys.json")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("sample", [*sorted(SAMPLE_KEYS), "Change-Me", "x" * 31, ""])
def test_s45_a_sample_or_short_session_secret_is_refused(sample: str) -> None:
    with pytest.raises(ValueError, match="session secret"):
        replace(new_keyring(), secret_key=sample)


def test_s45_a_site_does_not_start_with_a_sample_secret(tmp_path: Path) -> None:
    load_or_create(tmp_path / "keys.json")
    stored = json.loads((tmp_path / "keys.json").read_text())
    (tmp_path / "keys.json").write_text(json.dumps({**stored, "secret_key": "changeme"}))
    with pytest.raises(ValueError, match="session secret"):
        load_or_create(tmp_path / "keys.json")


def test_s45_a_cookie_signed_with_another_key_is_worth_nothing(
    app: Flask, world: World, keyring: Keyring
) -> None:
    forger = Flask("forger")
    forger.secret_key = "changeme"
    signer = SecureCookieSessionInterface().get_signing_serializer(forger)
    assert signer is not None
    client = app.test_client()
    client.set_cookie("pointsys", signer.dumps({"token": "anything"}))
    assert client.get(f"/a/{world.codes['happy']}/people").status_code == 302
