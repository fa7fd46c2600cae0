"""S-58: how much of a name or number is shown is decided in one place, ``pointsys.kit.masking``."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import CODE, name_of, python_files, tree
from tests.conftest import ROOT

HOME = "pointsys/kit/masking.py"
# Texts that hold stars and mask nobody.
OTHERS = {
    "pointsys/core/people/services.py": "stands for a name that must not be told at all",
    "pointsys/commands/replay.py": "stands for all plugins",
    "pointsys/core/imports/columns.py": "titles of columns",
    "pointsys/kit/tables.py": "stands for a count that is too small to be told",
}
STARS = re.compile(r"^\*+$|\*{2,}")
# A slice of such a value, put together anew, is a mask by another name.
NUMBERS = re.compile(r"(phone|id_number|number)\[", re.IGNORECASE)


def starred(text: str) -> bool:
    """Whether a text is a mask, or has one in it."""
    return STARS.search(text) is not None and "**/" not in text


def test_s58_nothing_but_the_masking_module_writes_stars_over_people() -> None:
    found = set()
    for path in python_files(*CODE):
        name = name_of(path)
        if name == HOME:
            continue
        root = tree(path)
        docs = {
            id(node.body[0].value)
            for node in ast.walk(root)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(root):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                in_call = node.value == "*" and _is_pattern(root, node)
                if starred(node.value) and not in_call:
                    found.add(f"{name}:{node.lineno}")
    allowed = tuple(f"{name}:" for name in OTHERS)
    assert sorted(place for place in found if not place.startswith(allowed)) == []


def _is_pattern(root: ast.AST, wanted: ast.Constant) -> bool:
    """Whether the star is what a search for files, or a comparison of names, is given."""
    return any(
        wanted in node.args
        for node in ast.walk(root)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith(("glob", "fullmatch", "__setattr__"))
    )


def test_s58_templates_and_scripts_mask_nothing_themselves() -> None:
    folders = ("templates", "plugins", "pointsys/static")
    files = [
        path
        for folder in folders
        for ending in ("html", "typ", "js")
        for path in (ROOT / folder).rglob(f"*.{ending}")
        if "vendor" not in path.parts
    ]
    assert len(files) > 50
    # Sign-in names whose end is drawn by lot are nobody's data.
    texts = {path.name: path.read_text("utf-8").replace("login_stem }}****", "") for path in files}
    cut = [name for name, text in texts.items() if NUMBERS.search(text) or re.search(r"\*{3,}[^ /]", text)]
    assert cut == []
