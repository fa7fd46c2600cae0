"""Tells whether the built assets are in place: they are made by the build, and not part of a checkout."""

from __future__ import annotations

from pathlib import Path

CURE = "python build_assets.py"
"""The command that builds them in a checkout; an installed wheel always has them."""

REQUIRED = ("static/vendor/htmx/htmx.min.js", "static/vendor/echarts/echarts.min.js")


def assets_missing(package: Path) -> list[str]:
    """Name the built files that ``package``, the folder of the installed pointsys, lacks.

    A catalog counts as missing where its source was installed and its compiled form was not.
    """
    bundled = package / "plugins"
    plugins = bundled if bundled.is_dir() else package.parent / "plugins"  # the latter in a checkout
    missing = [name for name in REQUIRED if not (package / name).is_file()]
    for folder in (package, *sorted(path.parent for path in plugins.glob("*/__init__.py"))):
        compiled = (source.with_suffix(".mo") for source in folder.glob("translations/*/LC_MESSAGES/*.po"))
        missing += sorted(
            path.relative_to(folder.parent).as_posix() for path in compiled if not path.is_file()
        )
    return missing
