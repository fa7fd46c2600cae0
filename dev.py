"""The two commands that a fresh checkout needs, with nothing but Python 3.11 or newer:

    python3 dev.py demo [ARGUMENTS]    a site with a fictional sub-district, served on this machine
    python3 dev.py test [ARGUMENTS]    lint, types, layers and all tests; the arguments go to pytest

Both make ``.venv`` beside this file, install the locked packages into it and build the browser assets; a
second run starts at once.  ``python3 dev.py lock`` resolves the lock files anew, ``python3 dev.py install``
only makes ready what the tests need.
"""

# No syntax newer than Python 3.7 here: an old Python has to get as far as saying what it lacks.
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOCKS = {"run": "requirements.lock", "test": "requirements-test.lock"}
# What an install depends on: when one of these changes, the next run installs again.
INPUTS = (
    "requirements.lock",
    "requirements-test.lock",
    "requirements-node.lock",
    "pyproject.toml",
    "setup.py",
)
COMPILE = (
    "pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11"
)


LOOKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "import-linter": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}


def main(arguments: list[str]) -> int:
    """Run the named command and return its exit status."""
    commands = {"demo": demo, "test": test, "lock": lock, "install": ready}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    if sys.version_info < OLDEST:
        return with_newer_python(arguments)
    return commands[arguments[0]](arguments[1:])


def demo(arguments: list[str]) -> int:
    """Serve the demonstration site until interrupted."""
    install("run")
    command = [str(PYTHON), "-m", "pointsys", "demo", *arguments]
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(command[0], command)  # so that the server itself gets the terminal's signals
    try:
        return subprocess.call(command, cwd=ROOT)
    except KeyboardInterrupt:  # the server has got it too, and has stopped
        return 0


def test(arguments: list[str]) -> int:
    """Run every check, also after one has failed, and sum up."""
    install("test")
    workers = str(max(2, min(os.cpu_count() or 2, 8)))
    # In the order of tests/conftest.py, where what lasts longest comes first.
    spread = ["-n", workers, "--dist", "loadscope", "--no-loadscope-reorder"]
    # Gigabytes that nobody looks at again would be written to the disk meanwhile.
    spread += ["-o", "tmp_path_retention_policy=failed"]
    # The servers and commands that tests start would compile the whole program anew, each of them.
    compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # One processor is enough for what reads the sources, and one is not enough for the tests.
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(look)
        say("pytest, with " + ", ".join(LOOKS) + " beside it")
        tested = subprocess.call(
            [str(PYTHON), "-m", "pytest", *spread, *arguments], cwd=str(ROOT), env=compiled
        )
        failed = looking.result()
    if tested:
        failed.append("pytest")
    say("failed: " + ", ".join(failed) if failed else "all checks passed")
    return 1 if failed else 0


def look() -> list[str]:
    """Run what reads the sources, one after the other, and return the names of those that failed."""
    failed = []
    for name, command in LOOKS.items():
        result = subprocess.run(
            [str(PYTHON), *command],
            cwd=str(ROOT),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if result.returncode:
            failed.append(name)
        said = result.stdout.decode("utf-8", "replace").rstrip()
        # In one piece, between the lines of the tests; of what passed, the last line says so.
        say(name + (" failed:\n" + said if result.returncode else ": " + said.rpartition("\n")[2]))
    return failed


def lock(arguments: list[str]) -> int:
    """Resolve the lock files anew; ``--upgrade`` takes newer releases too."""
    install("test")
    pip("install", "uv")
    compiler = [str(PYTHON), "-m", "uv", *COMPILE.split(), *arguments]
    inputs = {
        "requirements-test.lock": ["pyproject.toml", "--extra", "test", "--group", "build"],
        "requirements.lock": ["pyproject.toml", "--group", "build", "--constraint", "requirements-test.lock"],
        "requirements-node.lock": ["--group", "node"],
    }
    return max(
        subprocess.call([*compiler, *given, "-o", out], cwd=str(ROOT)) for out, given in inputs.items()
    )


def ready(arguments: list[str]) -> int:
    """Make ready what the tests need, and run none."""
    if arguments:
        sys.exit("dev.py: install takes no arguments")
    install("test")
    return 0


def install(profile: str) -> None:
    """Bring .venv to the locked state of ``profile`` (run or test) and build the assets."""
    make_venv()
    stamps = {name: VENV / ("pointsys-" + name + ".stamp") for name in LOCKS}
    digest = state()
    # The packages of "run" are among those of "test".
    enough = [stamps[profile], stamps["test"]]
    if not any(stamp.is_file() and stamp.read_text() == digest for stamp in enough):
        started = time.monotonic()
        say("installing the packages of " + LOCKS[profile] + " (a minute or two, the first time)")
        pip("install", "--require-hashes", "-r", LOCKS[profile])
        if not shutil.which("npm"):
            say("no npm here: installing Node.js for the build")
            pip("install", "--require-hashes", "-r", "requirements-node.lock")
        say("installing pointsys from this folder, building its assets")
        pip("install", "--no-deps", "--no-build-isolation", "--editable", ".")
        stamps[profile].write_text(digest)
        say("installed in %d s" % (time.monotonic() - started))
    if subprocess.call([str(PYTHON), "build_assets.py"], cwd=str(ROOT)):
        sys.exit("dev.py: the assets could not be built; see above")


def make_venv() -> None:
    """Make .venv, unless there is one that can be used; one that can't is made anew."""
    if PYTHON.exists() and usable():
        return
    try:
        import ensurepip  # noqa: F401  (Debian ships Python without it)
        import venv
    except ImportError:
        sys.exit(
            "dev.py: this Python cannot make virtual environments. On Debian and Ubuntu:\n"
            "    sudo apt install python%d.%d-venv\nthen run the same command again." % sys.version_info[:2]
        )
    say(
        ("making .venv anew: the old one cannot be used" if VENV.exists() else "making .venv")
        + " ("
        + version()
        + ")"
    )
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=not WINDOWS).create(str(VENV))


def usable() -> bool:
    """Whether the Python of .venv starts, is new enough and has pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < %r)" % (OLDEST,)
    try:
        return subprocess.call([str(PYTHON), "-c", probe], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def state() -> str:
    """A digest of everything that an install depends on."""
    digest = hashlib.sha256(str(ROOT).encode())
    digest.update(subprocess.check_output([str(PYTHON), "-VV"]))
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def pip(*arguments: str) -> None:
    """Run pip of .venv quietly; its output is shown where it fails."""
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
    result = subprocess.run(
        [str(PYTHON), "-m", "pip", *arguments, "--quiet"],
        cwd=str(ROOT),
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if result.returncode:
        sys.stdout.write(result.stdout.decode("utf-8", "replace"))
        sys.exit("dev.py: pip failed; see above, then run the same command again")


def with_newer_python(arguments: list[str]) -> int:
    """Hand over to a newer Python on PATH, or say that one is needed."""
    for minor in range(OLDEST[1] + 9, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found:
            return subprocess.call([found, str(Path(__file__).resolve()), *arguments])
    sys.stderr.write("dev.py: Python 3.11 or newer is needed; this is " + version() + "\n")
    return 2


def version() -> str:
    """The running Python's version, as people write it."""
    return "Python %d.%d.%d" % sys.version_info[:3]


def say(text: str) -> None:
    """Print one line of progress at once."""
    print("-- " + text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
