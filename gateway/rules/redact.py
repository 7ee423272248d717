"""Secrets out of text, before anything is stored or shown."""

import re
from collections.abc import Iterable

COMMON = (
    r"(?i:bearer)\s+[A-Za-z0-9._~+/-]{16,}=*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----",
    r"\bgh[pousr]_[A-Za-z0-9]{30,}\b",
    r"\bAKIA[0-9A-Z]{16}\b",
)
MARK = "[redacted]"


class Redactor:
    """Replaces what looks like a secret: the common shapes, and those the providers declare."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = [re.compile(pattern) for pattern in (*COMMON, *patterns)]

    def __call__(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(MARK, text)
        return text
