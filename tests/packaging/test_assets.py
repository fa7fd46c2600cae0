"""The asset build: what it fetches, when it does nothing, what it refuses; and the look for what lacks."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

import build_assets
from pointsys.assets import REQUIRED, assets_missing

ROOT = Path(__file__).resolve().parents[2]
CATALOG = "translations/zh_Hans_CN/LC_MESSAGES/messages"
PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Save"\nmsgstr "保存"\n'


def archive(files: dict[str, bytes]) -> bytes:
    """An npm package archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def checkout(root: Path, packed: bytes, files: dict[str, str], sha512: str | None = None) -> Path:
    """A checkout that locks one package."""
    digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
    package = {"name": "thing", "version": "1.0.0", "sha512": sha512 or digest, "files": files}
    (root / "assets.lock.json").write_text(json.dumps({"packages": [package]}))
    (root / "thing.bin").write_bytes(packed)
    return root


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm whose ``pack`` delivers thing.bin of the checkout."""
    program = (
        f"import shutil, sys; shutil.copy({str(tmp_path / 'thing.bin')!r}, sys.argv[5] + '/thing-1.0.0.tgz')"
    )
    monkeypatch.setattr(build_assets, "_npm", lambda: [sys.executable, "-c", program])


@pytest.mark.usefixtures("npm")
def test_listed_members_are_copied_and_no_others(tmp_path: Path) -> None:
    packed = archive({"dist/thing.js": b"x = 1", "LICENSE": b"free", "evil.js": b"!"})
    checkout(tmp_path, packed, {"dist/thing.js": "thing/thing.js", "LICENSE": "thing/LICENSE"})
    build_assets.build(tmp_path)
    vendor = tmp_path / build_assets.VENDOR
    found = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert found == {"thing/thing.js", "thing/LICENSE", build_assets.STAMP}
    assert (vendor / "thing/thing.js").read_bytes() == b"x = 1"


@pytest.mark.usefixtures("npm")
def test_a_second_build_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout(tmp_path, archive({"a.js": b"1"}), {"a.js": "a.js"})
    build_assets.build(tmp_path)
    monkeypatch.setattr(build_assets, "_npm", lambda: pytest.fail("npm was started"))
    assert build_assets.build(tmp_path) == []


@pytest.mark.usefixtures("npm")
def test_an_archive_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    checkout(tmp_path, archive({"a.js": b"1"}), {"a.js": "a.js"}, sha512="AAAA")
    with pytest.raises(build_assets.AssetError, match="not the archive named"):
        build_assets.build(tmp_path)
    assert not (tmp_path / build_assets.VENDOR).exists()


@pytest.mark.usefixtures("npm")
def test_a_failed_build_leaves_the_old_assets(tmp_path: Path) -> None:
    checkout(tmp_path, archive({"a.js": b"1"}), {"a.js": "a.js"})
    build_assets.build(tmp_path)
    checkout(tmp_path, archive({"a.js": b"2"}), {"missing.js": "a.js"})
    with pytest.raises(build_assets.AssetError, match=r"has no file missing\.js"):
        build_assets.build(tmp_path)
    assert (tmp_path / build_assets.VENDOR / "a.js").read_bytes() == b"1"


def test_a_catalog_is_compiled_once(tmp_path: Path) -> None:
    source = tmp_path / "plugins" / "some" / f"{CATALOG}.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, "utf-8")
    assert build_assets.compile_catalogs(tmp_path) == [source.with_suffix(".mo")]
    assert build_assets.compile_catalogs(tmp_path) == []
    assert "保存".encode() in source.with_suffix(".mo").read_bytes()


def test_the_lock_delivers_what_the_package_requires_with_its_licence() -> None:
    lock = json.loads((ROOT / "assets.lock.json").read_text("ascii"))
    targets = [target for package in lock["packages"] for target in package["files"].values()]
    vendor = build_assets.VENDOR.relative_to("pointsys").as_posix()
    assert {f"{vendor}/{target}" for target in targets if target.endswith(".js")} == set(REQUIRED)
    assert all(f"{target.split('/')[0]}/LICENSE" in targets for target in targets)


def test_this_checkout_lacks_nothing() -> None:
    assert assets_missing(ROOT / "pointsys") == []


@pytest.mark.parametrize("plugins", ["pointsys/plugins", "plugins"])
def test_missing_assets_and_catalogs_are_named(tmp_path: Path, plugins: str) -> None:
    source = tmp_path / plugins / "some" / f"{CATALOG}.po"
    source.parent.mkdir(parents=True)
    (tmp_path / plugins / "some" / "__init__.py").touch()
    source.write_text(PO, "utf-8")
    assert assets_missing(tmp_path / "pointsys") == [*REQUIRED, f"some/{CATALOG}.mo"]
