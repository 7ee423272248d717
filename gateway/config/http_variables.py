"""How a variable of the HTTP server becomes the value of its key, where it is not that value itself.

Each takes the text and the value so far, and raises ValueError with what the variable has to be.
"""

import re

Texts = tuple[str, ...]


def host(text: str, listen: str) -> str:
    """The address with another host."""
    written = f"[{text}]" if ":" in text and not text.startswith("[") else text
    return f"{written}:{listen.rpartition(':')[2]}"


def port(text: str, listen: str) -> str:
    """The address with another port."""
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise ValueError("integer, ≥ 0, ≤ 65,535")
    return f"{listen.rpartition(':')[0]}:{text}"


def url(text: str, before: str) -> str:
    """An address that names a server."""
    from urllib.parse import urlsplit

    try:
        named = urlsplit(text).hostname
    except ValueError:
        named = None
    if not named:
        raise ValueError("a URL")
    return text


def paths(text: str, before: Texts) -> Texts:
    """The paths, and further ones."""
    return (*before, *re.findall(r"[^\s,;]+", text))


def without_token(text: str, before: str) -> str:
    """``1`` asks for no token; ``0`` says nothing."""
    if text not in ("0", "1"):
        raise ValueError("0 or 1")
    return "none" if text == "1" else before
