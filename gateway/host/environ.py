"""The environment of children, which is built and not inherited, and where their executables are."""

import glob
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cache

BASE = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLORTERM", "NO_COLOR",
    "TMPDIR", "TMP", "TEMP", "XDG_*", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy",
    "https_proxy", "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSH_AUTH_SOCK", "TRACEPARENT", "TRACESTATE",
)  # fmt: skip
"""What every program may see: who and where it is, its language, its network, its trace."""

USER_BINS = (
    "~/.local/bin", "~/bin", "~/.cargo/bin", "~/.bun/bin", "~/.volta/bin", "~/.npm-global/bin",
    "/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin", "~/.nvm/versions/node/*/bin",
)  # fmt: skip
"""Where people's CLIs are. An editor that starts us often has a shorter PATH than a shell."""


def search_path(environ: Mapping[str, str]) -> str:
    """PATH, and behind it the usual folders that it lacks."""
    home = environ.get("HOME") or os.path.expanduser("~")
    usual = [
        path
        for pattern in USER_BINS
        for path in sorted(glob.glob(pattern.replace("~", glob.escape(home), 1)), key=_version, reverse=True)
    ]
    own = [path for path in environ.get("PATH", "").split(os.pathsep) if path]
    return os.pathsep.join(dict.fromkeys((*own, *usual)))


def _version(path: str) -> tuple[int, ...]:
    """The numbers of a path, for putting the newest version first."""
    return tuple(map(int, re.findall(r"\d+", path)))


def find(executable: str, path: str) -> str | None:
    """The absolute path of an executable, or None."""
    found = shutil.which(os.path.expanduser(executable), path=path)
    return os.path.abspath(found) if found else None


def child_environ(
    environ: Mapping[str, str], allowed: Iterable[str], markers: Iterable[str], path: str
) -> dict[str, str]:
    """The base set and what is allowed by name or glob, without the markers of the clients that started us."""
    matches = _matching((*BASE, *allowed))
    hidden = frozenset(markers)
    seen = {
        name: value
        for name, value in environ.items()
        if name not in hidden and not name.startswith("LLM_GATEWAY_") and matches(name)
    }
    seen["PATH"] = path
    seen.setdefault("TERM", "dumb")
    return seen


def is_base(name: str) -> bool:
    """Whether every program may see the variable."""
    return _matching(BASE)(name) is not None


@cache
def _matching(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """What tells whether a name is one of the patterns."""
    return re.compile("|".join(map(translate, patterns))).match
