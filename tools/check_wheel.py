"""Proves that the wheel works away from the checkout: built through an sdist, installed alone, used there.

Run by ``.ci/run`` with the Python of .venv.  Everything happens in a temporary folder; the first fault ends
the run with exit status 1 and its name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = "pointsys/static/vendor/"
# Folder of the checkout -> its name in the wheel.
PLACES = {"pointsys/": "pointsys/", "plugins/": "pointsys/plugins/", "templates/": "pointsys/templates/"}


def main() -> int:
    """Run all steps."""
    with tempfile.TemporaryDirectory(prefix="pointsys-wheel-") as name:
        folder = Path(name)
        say("building sdist and wheel")
        build(folder / "source", folder / "dist")
        wheel = next((folder / "dist").glob("*.whl"))
        say(f"comparing {wheel.name} with the checkout")
        compare(wheel)
        say("installing it into an empty environment")
        python = install(wheel, folder / "venv")
        say("using it from another folder")
        smoke(python, folder)
        say("checking its types, and the tests' against it")
        check_types(wheel, folder / "types")
    say("the wheel is sound")
    return 0


def build(source: Path, dist: Path) -> None:
    """Build in a copy of the checkout: an sdist is put together beside its sources, where the tests look just now."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        found = {name for name in names if name == "__pycache__" or name.endswith(".egg-info")}
        if Path(folder) == ROOT:
            # The environment, caches and sites; a package further down may have a folder called build.
            found |= {name for name in names if name.startswith(".") or name in {"instance", "build", "dist"}}
        return found

    shutil.copytree(ROOT, source, symlinks=True, ignore=left_out)
    run([sys.executable, "-m", "build", "--outdir", str(dist), str(source)], source.parent)


def compare(wheel: Path) -> None:
    """Fail unless the wheel holds the checkout's files, built assets and compiled catalogs, and no more."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packed = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PLACES]
    tracked = subprocess.check_output(listing, cwd=ROOT, text=True).split("\0")
    expected = set()
    for path in filter(None, tracked):
        if not (ROOT / path).is_file():  # deleted, and not committed yet
            continue
        top = path.split("/")[0] + "/"
        expected.add(PLACES[top] + path.removeprefix(top))
    expected |= {name.removesuffix(".po") + ".mo" for name in expected if name.endswith(".po")}
    lock = json.loads((ROOT / "assets.lock.json").read_text("utf-8"))
    expected |= {VENDOR + target for package in lock["packages"] for target in package["files"].values()}
    packed.discard(VENDOR + ".lock-digest")
    if packed != expected:
        lacking, extra = sorted(expected - packed), sorted(packed - expected)
        fail(f"the wheel lacks {lacking} and has {extra} besides; see package-data in pyproject.toml")


def install(wheel: Path, target: Path) -> Path:
    """Install the locked dependencies and the wheel; return the environment's Python."""
    venv.EnvBuilder(with_pip=True).create(target)
    python = target / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], target)
    run([*pip, "--no-deps", str(wheel)], target)
    run([*pip[:3], "check"], target)
    return python


def smoke(python: Path, folder: Path) -> None:
    """Use the installed package where no checkout is near."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    site = Path(
        capture([str(python), "-c", "import pointsys; print(pointsys.__path__[0])"], elsewhere)
    ).parent
    if folder not in site.parents:
        fail(f"pointsys comes from {site}")
    if strays := sorted(
        path.name for path in site.iterdir() if path.name in {"plugins", "templates", "tests", "tools"}
    ):
        fail(f"site-packages has {strays}")
    command = str(python.with_name("pointsys"))
    print(capture([command, "--version"], elsewhere))
    run([command, "init", "--area", "330106001000", "--name", "Smoke test"], elsewhere)
    run([command, "doctor"], elsewhere)


def check_types(wheel: Path, folder: Path) -> None:
    """Run strict mypy over the unpacked wheel and the tests: only there is pointsys.plugins seen in full."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for name in ("tests", "tools", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("build_assets.py", "dev.py"):
        shutil.copy(ROOT / name, folder)
    packages = [word for name in ("pointsys", "tests") for word in ("-p", name)]
    config = str(ROOT / "pyproject.toml")
    run([sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", ".cache", *packages], folder)


def run(command: list[str], folder: Path) -> None:
    """Run one command in ``folder``, with a home of its own there; show its output only where it fails."""
    capture(command, folder)


def capture(command: list[str], folder: Path) -> str:
    """As run, and return what the command printed on standard output."""
    settings = {
        name: value for name, value in os.environ.items() if not name.startswith(("POINTSYS_", "PYTHONPATH"))
    }
    settings["POINTSYS_HOME"] = str(folder / "instance")
    result = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.stdout.write(result.stdout + result.stderr)
        fail(f"{' '.join(command)} exited with {result.returncode}")
    return result.stdout.strip()


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"-- {text}", flush=True)


def fail(text: str) -> None:
    """End the run, naming the fault."""
    sys.exit(f"check_wheel: {text}")


if __name__ == "__main__":
    sys.exit(main())
