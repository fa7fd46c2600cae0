"""Static texts sent compressed, so that a phone on a slow line loads a page quickly also where no proxy does it.

Only files that are the same for everybody: pages hold secrets beside what a stranger can put into an address, and
compressing both together would give the secrets away by the length (BREACH).
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import current_app, request
from werkzeug.wrappers import Response

from pointsys.web.session import is_static

KINDS = (".css", ".js", ".svg")
# Below this the header of the format eats up what is won.
SMALLEST = 1_000


def compress_static(response: Response) -> Response:
    """Send a stylesheet, script or set of icons compressed to a browser that takes it; runs after every request."""
    if not is_static(request.endpoint) or not request.path.endswith(KINDS):
        return response
    response.vary.add("Accept-Encoding")
    path = _file()
    if response.status_code != 200 or path is None or not request.accept_encodings.find("gzip") >= 0:
        return response
    stat = path.stat()
    if stat.st_size < SMALLEST:
        return response
    data = _compressed(str(path), stat.st_mtime_ns, stat.st_size)
    tag, _weak = response.get_etag()
    # Lets go of the open file.
    response.close()
    response.direct_passthrough = False
    response.set_data(data)
    response.headers["Content-Encoding"] = "gzip"
    if tag:
        # Other bytes, another tag.
        response.set_etag(f"{tag}-gzip")
    return response.make_conditional(request)


def _file() -> Path | None:
    """The file that the request names; None for anything that is not below the folder it is served from."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    folder = blueprint.static_folder if blueprint else current_app.static_folder
    filename = str((request.view_args or {}).get("filename", ""))
    if folder is None or not filename:
        return None
    path = (Path(folder) / filename).resolve()
    return path if path.is_file() and path.is_relative_to(Path(folder).resolve()) else None


@lru_cache(maxsize=64)
def _compressed(path: str, changed_ns: int, size: int) -> bytes:
    # Time and size are part of the key, so that a new file is compressed anew; no time in the output.
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
