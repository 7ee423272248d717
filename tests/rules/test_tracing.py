"""Which trace contexts are taken from a call."""

from typing import Any

import pytest

from gateway.rules.tracing import trace_context

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("meta", "trace"),
    [
        (None, {}),
        ({"progress_token": 1}, {}),
        ({"traceparent": PARENT}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": "a=1"}, {"traceparent": PARENT, "tracestate": "a=1"}),
        ({"tracestate": "a=1"}, {}),
        ({"traceparent": PARENT, "tracestate": ""}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": "a=1\nB=2"}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": "a" * 513}, {"traceparent": PARENT}),
        ({"traceparent": PARENT, "tracestate": 7}, {"traceparent": PARENT}),
    ],
)
def test_a_trace_context_is_told_where_it_is_well_formed(meta: Any, trace: dict[str, str]) -> None:
    assert trace_context(meta) == trace


@pytest.mark.parametrize(
    "parent",
    [
        "",
        7,
        PARENT.upper(),
        f"{PARENT}\n",
        f"{PARENT}-more",
        PARENT.replace("00-4", "ff-4", 1),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "00-4bf92f3577b34da6-00f067aa0ba902b7-01",
    ],
)
def test_what_is_no_trace_context_is_left(parent: Any) -> None:
    assert trace_context({"traceparent": parent, "tracestate": "a=1"}) == {}
