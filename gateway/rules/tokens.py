"""Bearer tokens: what is kept of them, and whose a given one is."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from gateway.errors import ConfigError

DIGEST = "sha256:"
SHORTEST = 16
"""Characters of a token that is not to be guessed."""


def digest_of(token: str, whose: str) -> bytes:
    """What is compared instead of a token. A token that could be guessed is refused."""
    if token.startswith(DIGEST):
        figures = token.removeprefix(DIGEST)
        if not re.fullmatch(r"[0-9a-fA-F]{64}", figures):
            raise ConfigError(f"The digest of {whose} is not 64 hexadecimal figures.", hint="Use sha256sum.")
        return bytes.fromhex(figures)
    if len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            f"The token of {whose} is not {SHORTEST} or more visible ASCII characters.",
            hint="Make one with `openssl rand -hex 32`.",
        )
    return hashlib.sha256(token.encode()).digest()


def owner_of(token: str, digests: Mapping[str, bytes]) -> str | None:
    """Whose token it is. How long that takes tells nothing about any token: digests are compared, and all of them."""
    given = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    owners = [owner for owner, digest in digests.items() if hmac.compare_digest(digest, given)]
    return owners[0] if owners else None
