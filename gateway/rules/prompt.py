"""The prompt: one of two ways to give it, its stable head, its limits."""

import hashlib
import re

from msgspec import UNSET, Struct

from gateway.domain.request import PromptParts, Request
from gateway.errors import InvalidRequest, TooLarge

BOTH = "provide exactly one of `prompt` or `promptParts`"
NEITHER = "one of `prompt` or `promptParts` is required"
SEPARATOR = "\n\n"
WORD_JOINER = "\u2060"


class Prompt(Struct, frozen=True):
    """The text that is sent, and the hash and size of its stable head where it was given in parts."""

    text: str
    stable_hash: str | None = None
    stable_bytes: int | None = None

    @property
    def stable_tokens(self) -> int | None:
        """An estimate: a quarter of the bytes, rounded up."""
        return None if self.stable_bytes is None else -(-self.stable_bytes // 4)


def resolve(request: Request) -> Prompt:
    """The prompt of a request. Parts are joined byte for byte: system, tools, context, then the task."""
    if request.prompt is not UNSET and request.prompt_parts is not UNSET:
        raise InvalidRequest(BOTH, hint="Leave one of them out.")
    if request.prompt is not UNSET:
        return Prompt(request.prompt)
    if request.prompt_parts is UNSET:
        raise InvalidRequest(NEITHER, hint="Give the prompt as a string.")
    return _joined(request.prompt_parts)


def _joined(parts: PromptParts) -> Prompt:
    stable = SEPARATOR.join(part for part in (parts.system, parts.tools, parts.context) if part)
    data = stable.encode(errors="surrogatepass")  # `check` refuses half a character, in words
    text = SEPARATOR.join((stable, parts.task)) if stable else parts.task
    return Prompt(text, hashlib.sha256(data).hexdigest(), len(data))


def check(text: str, limit: int) -> None:
    """Refuse what the CLI could not take: too many bytes, a NUL, half a character."""
    if not text.strip():
        raise InvalidRequest("Prompt cannot be empty", hint="Say what you want.")
    if "\0" in text:
        raise InvalidRequest(
            "The prompt holds a NUL character.", hint="Remove it, or describe the bytes in words."
        )
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidRequest(
            "The prompt holds half a surrogate pair, which is not a character.", hint="Send valid Unicode."
        ) from None
    if size > limit:
        raise TooLarge(
            f"The prompt has {size:,} bytes; this CLI takes {limit:,}.",
            hint="Shorten it, or put the material into files that the CLI can read.",
        )


def defuse(text: str, mentions: str) -> str:
    """Put a word joiner behind everything that would make the CLI read a file by itself."""
    return re.sub(mentions, lambda match: match[0] + WORD_JOINER, text) if mentions else text
