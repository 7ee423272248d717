"""What a provider declares, and what is derived where it declares nothing."""

import re

import pytest

from gateway.domain.provider import ProviderInfo, Tool
from gateway.domain.request import Request


def info(**facts: object) -> ProviderInfo:
    return ProviderInfo(name="acme", title="Acme", executable="acme", request=Request, **facts)


def test_a_provider_offers_one_tool_named_after_it() -> None:
    assert info().offered() == (Tool("acme_request", Request),)


def test_declared_tools_replace_the_default_one() -> None:
    tools = (Tool("acme_request", Request), Tool("acme_fork", Request, background=False))
    assert info(tools=tools).offered() == tools


@pytest.mark.parametrize("session_id", ["a", "0198c2f0-1c7e", "ses_1.2"])
def test_the_default_session_id_takes_plain_ids(session_id: str) -> None:
    assert re.fullmatch(info().session_id, session_id)


@pytest.mark.parametrize("session_id", ["", "-x", "--resume", "a b", "../a", "a\n", "a;b"])
def test_the_default_session_id_takes_nothing_that_could_be_a_flag_or_a_path(session_id: str) -> None:
    assert not re.fullmatch(info().session_id, session_id)


def test_the_default_formats_are_text_and_json() -> None:
    assert info().formats == {"text": "answer", "json": "document"}
