"""Whether a stable head is marked as cacheable."""

import pytest
from msgspec import UNSET

from gateway.domain.provider import CachePolicy, Capabilities, ProviderInfo
from gateway.domain.request import PromptParts, Request
from gateway.rules.marking import marked
from gateway.rules.prompt import resolve

HEAD = "x" * 4000


def info(*, marks: bool = True) -> ProviderInfo:
    return ProviderInfo(
        name="acme",
        title="Acme",
        executable="acme",
        request=Request,
        capabilities=Capabilities(marks_cache=marks),
        cache=CachePolicy(ttl=300, min_tokens={"*large*": 4096, "*": 1000}),
    )


def parts(**fields: object) -> Request:
    return Request(prompt_parts=PromptParts(system=HEAD, task="go"), **fields)


@pytest.mark.parametrize(
    ("request_", "always", "ttl", "mark", "why"),
    [
        (parts(), False, 300, UNSET, ()),
        (parts(), True, 300, "5m", ()),
        (parts(), True, 3600, "1h", ()),
        (parts(cache_prefix="1h"), False, 300, "1h", ()),
        (Request(prompt="hi"), True, 300, UNSET, ()),
        (
            Request(prompt="hi", cache_prefix="5m"),
            False,
            300,
            UNSET,
            ("cachePrefix was left out: there is no stable head; give the prompt as promptParts.",),
        ),
        (
            parts(cache_prefix="5m", model="large-2"),
            False,
            300,
            UNSET,
            (
                "cachePrefix was left out: the head has about 1000 tokens, and fewer than 4096 are not cached.",
            ),
        ),
        (parts(model="large-2"), True, 300, UNSET, ()),
    ],
)
def test_a_head_is_marked_where_it_pays(
    request_: Request, always: bool, ttl: int, mark: object, why: tuple
) -> None:
    told, warnings = marked(request_, resolve(request_), info(), always=always, ttl=ttl, least={})

    assert (told.cache_prefix, warnings) == (mark, why)


def test_the_configuration_says_what_is_large_enough() -> None:
    request = parts(cache_prefix="5m", model="large-2")
    told, _ = marked(
        request, resolve(request), info(), always=False, ttl=300, least={"large": 500, "default": 9999}
    )

    assert told.cache_prefix == "5m"


def test_a_provider_without_marks_says_so() -> None:
    request = parts(cache_prefix="5m")
    told, warnings = marked(request, resolve(request), info(marks=False), always=False, ttl=300, least={})

    assert (told.cache_prefix, warnings) == (UNSET, ("cachePrefix was left out: Acme takes no cache marks.",))
