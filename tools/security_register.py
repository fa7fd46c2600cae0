"""The table of docs/security.md: for every requirement and attack, the tests that keep it.

    python tools/security_register.py            what the table should be, on standard output
    python tools/security_register.py --write    put it into the page

Requirements are found by ``test_sNN_`` or by ``S-NN`` in a test module's first lines, attacks by ``test_aNN_``.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- register: python tools/security_register.py --write -->", "<!-- end of register -->"

REQUIREMENTS = {
    "S-01": "versioned notice before data is collected", "S-02": "purpose, basis and retention of every column",
    "S-03": "separate consents, withdrawn as easily as given", "S-04": "publishing is an act of its own, masked",
    "S-06": "children under 14", "S-07": "one's own data, and requests with a clock", "S-08": "erasing and freezing",
    "S-10": "every point explained, appeals answered by another person",
    "S-11": "corrections keep the old and the new",
    "S-13": "failed sign-ins, idle and absolute limits",
    "S-14": "two profiles of passwords", "S-15": "second factor", "S-16": "no default account, unused ones end",
    "S-17": "three administrators", "S-18": "administrators from some networks only",
    "S-19": "every write leaves an audit row", "S-20": "how long the audit log is kept",
    "S-21": "no act without its audit row", "S-23": "hostile input", "S-24": "files that expire",
    "S-27": "every address declares who may open it", "S-28": "what is elsewhere looks like what is nowhere",
    "S-29": "fields by role", "S-30": "side doors", "S-31": "four eyes", "S-32": "forged requests",
    "S-33": "headers", "S-34": "cookies and sessions", "S-39": "limits that all processes share",
    "S-40": "phones and ID numbers are sealed", "S-41": "look-up by index under another key",
    "S-42": "full values one at a time, with a reason", "S-43": "chain over the logs",
    "S-44": "erasing leaves the chain whole", "S-45": "secrets", "S-47": "reset links and codes",
    "S-48": "logs without personal data",
    "S-55": "one ballot of a household, split from its voter", "S-58": "one way to mask",
}  # fmt: skip
ATTACKS = {
    "A01": "30 accounts, one wrong password each", "A02": "the right password during a lock",
    "A04": "known or unknown, same answer", "A05": "twins of a sign-in name", "A06": "reset link used twice",
    "A07": "foreign Host", "A09": "cookie after its end", "A10": "sample key", "A12": "admin/admin",
    "A13": "cross-site post", "A14": "looking acts", "A15": "markup in texts", "A17": "open redirect",
    "A19": "no photo, or one with GPS", "A22": "foreign id", "A23": "foreign area as an argument",
    "A24": "extra fields", "A25": "foreign things in a form", "A26": "look-up across areas",
    "A27": "batch with a foreign id", "A28": "export link guessed or reused", "A29": "walking ids",
    "A30": "recorder, beneficiary and confirmer", "A31": "administrators and personal data",
    "A33": "withdrawn notice", "A34": "plugin view without permission", "A35": "plugin that allows",
    "A62": "two ballots of one household at once", "A63": "codes of slips tried out",
    "A64": "filtered down to a few ballots", "A66": "fifty claims at once", "A67": "own wishes and abandoned claims",
    "A68": "personal data in a wish",
    "A74": "adding masks up", "A75": "hidden full names", "A76": "children on lists", "A77": "consent withdrawn",
    "A78": "erasure, then a search everywhere", "A79": "marker after a tour of the site",
    "A80": "5,000 ID numbers exported", "A81": "sort and search abused", "A82": "placeholders in texts",
    "A85": "forged address", "A87": "the inside from outside", "A90": "rows edited in the database",
    "A91": "log cut or rebuilt", "A92": "sealed value moved to another row",
}  # fmt: skip


def kept() -> dict[str, set[str]]:
    """Number -> the test files that keep it, below ``tests``."""
    found: dict[str, set[str]] = {number: set() for number in (*REQUIREMENTS, *ATTACKS)}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        numbers = {f"S-{number}" for name in names for number in re.findall(r"^test_s(\d\d)_", name)}
        numbers |= {f"A{number}" for name in names for number in re.findall(r"^test_a(\d\d)_", name)}
        numbers |= {f"S-{number}" for number in re.findall(r"S-(\d\d)", ast.get_docstring(tree) or "")}
        for number in numbers & set(found):
            found[number].add(path.relative_to(ROOT / "tests").as_posix())
    return found


def table() -> str:
    """The two tables in Markdown."""
    found = kept()
    lines = ["| number | what | kept by `tests/…` |", "|---|---|---|"]
    for number, what in {**REQUIREMENTS, **ATTACKS}.items():
        lines.append(f"| {number} | {what} | {', '.join(sorted(found[number])) or '–'} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table or write it."""
    if "--write" not in sys.argv:
        print(table())
        return 0
    text = PAGE.read_text("utf-8")
    before, _begin, rest = text.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
