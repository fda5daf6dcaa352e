"""The web application: the files of the built front end, where there are any.

Pages carry the content security policy that their build computed (`csp.json`, hashes of inline
scripts); assets named by their hash may be kept for ever. Text is sent as the build compressed it.
"""

import json
import mimetypes
from functools import cached_property
from pathlib import Path, PurePosixPath

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound as UnknownPath

from app.api import state

blueprint = Blueprint("web", __name__)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
}
STRICT_CSP = "default-src 'none'; frame-ancestors 'none'"
FOR_EVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")


class Site:
    """A folder with an exported front end; nothing outside it is ever read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @cached_property
    def files(self) -> frozenset[str]:
        """All paths that can be served, relative, with forward slashes."""
        hidden = {"csp.json"}
        return frozenset(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path.suffix not in (".br", ".gz") and path.name not in hidden
        )

    @cached_property
    def policies(self) -> dict[str, str]:
        """The content security policy of each page, by its path in the address bar."""
        found: dict[str, str] = json.loads((self.folder / "csp.json").read_text())
        return found

    def find(self, path: str) -> str | None:
        """Give the file that answers a path: itself, or the page of a folder."""
        clean = path.strip("/")
        for candidate in (clean, f"{clean}/index.html".lstrip("/"), f"{clean}.html"):
            if candidate in self.files:
                return candidate
        return None


_sites: dict[Path, Site] = {}


def _site() -> Site:
    folder = state().settings.web_dir
    if folder not in _sites:
        if not (folder / "index.html").is_file():
            raise UnknownPath
        _sites[folder] = Site(folder)
    return _sites[folder]


@blueprint.get("/")
@blueprint.get("/<page:path>")
def get_file(path: str = "") -> Response:
    """Give a file of the web application, or its page for what does not exist."""
    site = _site()
    name = site.find(path)
    if name is not None:
        return _file(site, name, 200)
    if "404.html" not in site.files or "." in PurePosixPath(path).name:
        raise UnknownPath
    return _file(site, "404.html", 404)


def _file(site: Site, name: str, status: int) -> Response:
    file, encoding = site.folder / name, None
    for accepted, suffix in ENCODINGS:
        if request.accept_encodings[accepted] > 0 and Path(f"{file}{suffix}").is_file():
            file, encoding = Path(f"{file}{suffix}"), accepted
            break
    found = file.stat()
    response = Response(status=status, headers=HEADERS)
    response.set_etag(f"{found.st_mtime_ns:x}-{found.st_size:x}")
    response.vary.add("Accept-Encoding")
    is_hashed = name.startswith("_next/static/")
    response.headers["Cache-Control"] = FOR_EVER if is_hashed else ALWAYS_ASK
    response.headers["Content-Security-Policy"] = _policy(site, name)
    response.content_type = _content_type(name)
    if encoding is not None:
        response.content_encoding = encoding
    response.set_data(file.read_bytes())
    if status == 200:
        response.make_conditional(request)
    return response


def _policy(site: Site, name: str) -> str:
    page = f"/{name}"
    if page.endswith("/index.html"):
        page = page.removesuffix("index.html")
    return site.policies.get(page, STRICT_CSP)


def _content_type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("javascript", "json", "xml"))
    return f"{kind}; charset=utf-8" if is_text else kind
