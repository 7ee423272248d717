"""Whether the stable head of a prompt is marked as cacheable."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from msgspec import UNSET

from gateway.domain.provider import ProviderInfo
from gateway.domain.request import Request, chosen, given, replace
from gateway.rules.prompt import Prompt


def marked(
    request: Request, prompt: Prompt, info: ProviderInfo, *, always: bool, ttl: int, least: Mapping[str, int]
) -> tuple[Request, tuple[str, ...]]:
    """The request with its mark set or taken off, and why one that was asked for is taken off.

    ``always`` marks every prompt that was given in parts; ``least`` overrides the provider's own table of the
    smallest head worth a mark.
    """
    asked = given(request.cache_prefix)
    if not asked and not (always and given(request.prompt_parts)):
        return request, ()
    obstacle = _obstacle(request, prompt, info, least)
    if obstacle:
        return replace(request, cache_prefix=UNSET), (
            f"cachePrefix was left out: {obstacle}.",
        ) if asked else ()
    return (request if asked else replace(request, cache_prefix="1h" if ttl > 300 else "5m")), ()


def _obstacle(request: Request, prompt: Prompt, info: ProviderInfo, least: Mapping[str, int]) -> str:
    if not info.capabilities.marks_cache:
        return f"{info.title} takes no cache marks"
    if not prompt.stable_bytes:
        return "there is no stable head; give the prompt as promptParts"
    needed = _least(chosen(request.model, info.catalog.default or ""), info, least)
    tokens = prompt.stable_tokens or 0
    if tokens < needed:
        return f"the head has about {tokens} tokens, and fewer than {needed} are not cached"
    return ""


def _least(model: str, info: ProviderInfo, least: Mapping[str, int]) -> int:
    for word, tokens in least.items():
        if word != "default" and word in model:
            return tokens
    if "default" in least:
        return least["default"]
    table = info.cache.min_tokens if info.cache else {}
    return next((tokens for glob, tokens in table.items() if fnmatchcase(model, glob)), 0)
