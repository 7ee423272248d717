"""The trace context of a request's ``_meta``."""

import json
import sys
from collections.abc import Mapping

import pytest
import trio

from gateway import hookimpl

PATIENCE = 60.0
TRACE = {"traceparent": f"00-{'4' * 32}-{'2' * 16}-01", "tracestate": "a=1"}


class Tracer:
    """A plugin, in the place of a module, that hands a trace to the CLI."""

    @hookimpl
    def gateway_environ(self, trace: Mapping[str, str]) -> dict[str, str]:
        return {f"ECHO_{name.upper()}": value for name, value in trace.items()}


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_plugin_hears_of_the_trace_that_a_request_is_part_of(
    connect, monkeypatch: pytest.MonkeyPatch, era: str
) -> None:
    monkeypatch.setitem(sys.modules, "tracer", Tracer())
    seen = []
    with trio.fail_after(PATIENCE):
        async with connect(era, GATEWAY_PLUGINS="gateway.testing.echo,tracer") as client:
            for meta in (TRACE, {"traceparent": "no"}, None):
                reply = await client.call_tool("echo_request", {"prompt": "ECHO:env"}, meta=meta)
                environ = json.loads(reply.content[0].text)
                seen.append({name: value for name, value in environ.items() if name.startswith("ECHO_")})

    assert seen == [{f"ECHO_{name.upper()}": value for name, value in TRACE.items()}, {}, {}]
