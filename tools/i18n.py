"""Keeps the Chinese catalogs in step with the English texts in the sources.

The core (pointsys/, templates/) and each plugin have one catalog of their own, ``messages.po``.  All of them
are merged into one domain at run time, so a text that the core has is not repeated in a plugin, and one text
with two translations is an error: give the two a context with ``pgettext`` instead.

    python tools/i18n.py update            read the sources, rewrite the catalogs
    python tools/i18n.py fill FILE.json    update, then set translations from {"text": "...", ...};
                                           a text with a context is written "context\\u0004text"
    python tools/i18n.py missing [PART...] print the texts without translation as such a JSON object
    python tools/i18n.py check             exit 1 where a text has no, a fuzzy, a second or an unfit one

A PART is ``core`` or the name of a plugin's folder.  The catalogs hold no dates and no line numbers and are
sorted by text, so that two people who add texts seldom touch the same lines.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po
from babel.util import pathmatch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from build_assets import compile_catalogs  # noqa: E402  (a script does not search the folder above its own)

LOCALE = "zh_Hans_CN"
CATALOG = Path("translations") / LOCALE / "LC_MESSAGES" / "messages.po"
CONTEXT_SEPARATOR = "\u0004"  # the one that gettext uses in its own files
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "Problem": (2,),  # its second argument is a text even where N_ was forgotten
    "Refused": (2,),
    "Conflict": (2,),
}
PLACES = re.compile(r"%\([A-Za-z_0-9]+\)[a-z]|%%|%[sd](?![A-Za-z])|\{[A-Za-z_0-9]*\}|%")
NOISE = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To'
    rb"|Project-Id-Version):.*\n",
    re.MULTILINE,
)

Key = tuple[str | None, str]


class Part(NamedTuple):
    """The core or one plugin: where its texts stand, and the catalog they belong to."""

    name: str
    sources: tuple[Path, ...]
    catalog: Path


class Extraction(NamedTuple):
    """The texts of all parts, and the files that could not be read for them."""

    texts: dict[str, Catalog]
    faults: list[str]


def parts(root: Path = ROOT) -> list[Part]:
    """The core first, then each plugin folder by name."""
    core = Part("core", (root / "pointsys", root / "templates"), root / "pointsys" / CATALOG)
    plugins = sorted(path.parent for path in (root / "plugins").glob("*/__init__.py"))
    return [core, *(Part(path.name, (path,), path / CATALOG) for path in plugins)]


def key_of(message: Message) -> Key:
    """What makes a text one text: its context and its singular."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def label(key: Key) -> str:
    """The key as it stands in a JSON file."""
    context, text = key
    return text if context is None else f"{context}{CONTEXT_SEPARATOR}{text}"


def extract(root: Path = ROOT) -> Extraction:
    """Read every source file; a text of the core is left out of the plugins' catalogs."""
    with (root / "babel.cfg").open("r", encoding="utf-8") as stream:
        methods, options = parse_mapping_cfg(stream)  # type: ignore[no-untyped-call]
    result: dict[str, Catalog] = {}
    faults: list[str] = []
    core: set[Key] = set()
    for part in parts(root):
        catalog = Catalog(locale=LOCALE)
        for path in sorted(path for source in part.sources for path in source.rglob("*") if path.is_file()):
            name = path.relative_to(root).as_posix()
            pattern, method = next(((p, m) for p, m in methods if pathmatch(p, name)), (None, None))
            if pattern is None or method is None:
                continue
            try:
                found = extract_from_file(method, path, KEYWORDS, options=options.get(pattern))
            except Exception as error:  # noqa: BLE001  (whatever a template's syntax error raises)
                faults.append(f"{name}: {error}")
                continue
            for _line, text, _comments, context in found:
                message = Message(text, context=context)
                if key_of(message) not in core and key_of(message)[1]:
                    catalog.add(text, context=context)
        if part.name == "core":
            core = {key_of(message) for message in catalog if message.id}
        result[part.name] = catalog
    return Extraction(result, faults)


def read(path: Path) -> Catalog:
    """The stored catalog, or an empty one."""
    if not path.is_file():
        return Catalog(locale=LOCALE)
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALE, abort_invalid=True)


def write(path: Path, catalog: Catalog) -> None:
    """Replace the catalog's file where its content changes; a part without texts has no file."""
    if not path.is_file() and not any(message.id for message in catalog):
        return
    catalog.header_comment = f"# Simplified Chinese texts of {path.parents[3].name}; kept by tools/i18n.py."
    catalog.fuzzy = False
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    content = NOISE.sub(b"", buffer.getvalue()).rstrip() + b"\n"
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


def update(root: Path = ROOT) -> list[str]:
    """Bring all catalogs in step with the sources and return what could not be read.

    A text that moved between parts keeps its translation.  As long as a source file cannot be read, no text
    is dropped, for it may stand in that file.
    """
    texts, faults = extract(root)
    stored = {part.name: read(part.catalog) for part in parts(root)}
    memory: dict[Key, set[str | tuple[str, ...]]] = defaultdict(set)
    for catalog in stored.values():
        for message in catalog:
            if message.id and translated(message):
                memory[key_of(message)].add(_string(message))
    for part in parts(root):
        new, old = texts[part.name], stored[part.name]
        for message in new:
            if not message.id:
                continue
            kept = old.get(key_of(message)[1], message.context)
            known = memory.get(key_of(message), set())
            if kept is not None and translated(kept):
                message.string, message.flags = _fit(message, _string(kept)), kept.flags | message.flags
            elif len(known) == 1:
                message.string = _fit(message, next(iter(known)))
        if faults:
            for message in old:
                if message.id and new.get(key_of(message)[1], message.context) is None:
                    new[message.id] = message
        write(part.catalog, new)
    return faults


def fill(translations: dict[str, str | list[str]], root: Path = ROOT) -> list[str]:
    """Set the given translations wherever their text exists and return what went wrong, one line each."""
    complaints = update(root)
    unknown = set(translations)
    for part in parts(root):
        catalog = read(part.catalog)
        for message in catalog:
            name = label(key_of(message))
            if not message.id or name not in translations:
                continue
            unknown.discard(name)
            value = translations[name]
            string = _fit(message, tuple(value) if isinstance(value, list) else value)
            if fault := unfit(message, string):
                complaints.append(f"refused {name!r}: {fault}")
                continue
            if translated(message) and _string(message) != string:
                complaints.append(f"replaced {_string(message)!r} of {name!r} in {part.name} by {string!r}")
            message.string = string
            message.flags.discard("fuzzy")
        write(part.catalog, catalog)
    return complaints + [f"no such text in the sources: {name!r}" for name in sorted(unknown)]


def missing(only: list[str], root: Path = ROOT) -> list[str]:
    """The labels of texts without translation in the sources of the named parts (all where none is named)."""
    texts, _faults = extract(root)
    result: dict[str, None] = {}
    for part in parts(root):
        if only and part.name not in only:
            continue
        stored = read(part.catalog)
        for message in texts[part.name]:
            kept = stored.get(key_of(message)[1], message.context) if message.id else None
            if message.id and (kept is None or not translated(kept)):
                result[label(key_of(message))] = None
    return sorted(result)


def check(root: Path = ROOT) -> list[str]:
    """Every fault of the catalogs, one line each; an empty list where all is well."""
    faults = [f"cannot be read: {fault}" for fault in extract(root).faults]
    faults += [f"no translation: {name!r}" for name in missing([], root)]
    strings: dict[Key, dict[str | tuple[str, ...], str]] = defaultdict(dict)
    for part in parts(root):
        for message in read(part.catalog):
            if not message.id or not translated(message, count_fuzzy=True):
                continue
            name = label(key_of(message))
            if message.fuzzy:
                faults.append(f"fuzzy in {part.name}: {name!r}")
            if fault := unfit(message, _string(message)):
                faults.append(f"{fault} in {part.name}: {name!r}")
            strings[key_of(message)].setdefault(_string(message), part.name)
    for key, found in strings.items():
        if len(found) > 1:
            listed = ", ".join(f"{string!r} in {name}" for string, name in found.items())
            faults.append(f"two translations of {label(key)!r}: {listed}")
    return faults


def translated(message: Message, *, count_fuzzy: bool = False) -> bool:
    """Whether the message has a usable translation."""
    string = _string(message)
    return all(string if isinstance(string, tuple) else (string,)) and (count_fuzzy or not message.fuzzy)


def unfit(message: Message, string: str | tuple[str, ...]) -> str | None:
    """Say how the places to fill in ``string`` differ from the source text's, or None."""
    source = message.id if isinstance(message.id, str) else message.id[-1]
    wanted = Counter(PLACES.findall(source))
    for form in string if isinstance(string, tuple) else (string,):
        if set(wanted) != (given := set(PLACES.findall(form))):
            return (
                f"places differ ({' '.join(sorted(wanted)) or 'none'} / {' '.join(sorted(given)) or 'none'})"
            )
    return None


def _string(message: Message) -> str | tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else message.string or ""


def _fit(message: Message, string: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """The translation in the shape that the message needs: Chinese has one form, also for a plural."""
    first = string[0] if isinstance(string, tuple) else string
    return (first,) if message.pluralizable else first


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Let one run at a time write the catalogs (where the system has flock)."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with Path(__file__).open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="i18n.py", description="Keeps the Chinese catalogs complete.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="rewrite the catalogs from the sources")
    commands.add_parser("fill", help="set translations").add_argument("file", type=Path)
    commands.add_parser("missing", help="print untranslated texts as JSON").add_argument("part", nargs="*")
    commands.add_parser("check", help="exit 1 where a catalog is incomplete")
    arguments = parser.parse_args(argv)
    if arguments.command == "missing":
        print(json.dumps(dict.fromkeys(missing(arguments.part), ""), ensure_ascii=False, indent=1))
        return 0
    if arguments.command == "check":
        complaints = check()
    else:
        with locked():
            if arguments.command == "update":
                complaints = update()
            else:
                complaints = fill(json.loads(arguments.file.read_text("utf-8")))
            compile_catalogs(ROOT)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
