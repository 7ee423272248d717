"""The façade over a provider's hooks: promises are checked, and bad output is noise."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.domain.events import Event, Message, Noise
from gateway.domain.launch import Installed, Launch, Resume
from gateway.domain.outcome import Exit, Outcome
from gateway.domain.provider import Catalog
from gateway.domain.request import Request
from gateway.errors import GatewayError, InvalidRequest, PluginError
from gateway.hookspecs import hookimpl

LAUNCH = Launch(args=())
EXIT = Exit(returncode=0)
OUTCOME = Outcome(ending="ok", exit=EXIT)


class Line(msgspec.Struct):
    text: str


decode = msgspec.json.Decoder(Line).decode


def gateway_decode(frames: Sequence[bytes]) -> Iterator[Event]:
    for frame in frames:
        yield Message(decode(frame).text)


def test_a_frame_that_does_not_decode_is_noise_and_its_neighbours_are_not(workshop: Any) -> None:
    provider = workshop.one(gateway_decode=gateway_decode)
    frames = [b'{"text":"a"}', b"garbage", b'{"text":1}', b'{"text":"b"}']
    assert provider.decode(frames, LAUNCH) == [Message("a"), Noise(), Noise(), Message("b")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.lists(st.sampled_from([b'{"text":"a"}', b'{"text":"b"}', b"{", b"\xff", b'{"text":"\xf0"}']))
)
def test_decoding_does_not_depend_on_the_batches(workshop: Any, frames: list[bytes]) -> None:
    provider = workshop.one(gateway_decode=gateway_decode)
    alone = [event for frame in frames for event in provider.decode([frame], LAUNCH)]
    assert provider.decode(frames, LAUNCH) == alone
    assert len(alone) == len(frames)


def test_a_line_that_is_nested_too_deep_to_decode_is_noise(workshop: Any) -> None:
    provider = workshop.one(gateway_decode=gateway_decode)
    deep = b'{"text":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert provider.decode([deep, b'{"text":"b"}'], LAUNCH) == [Noise(), Message("b")]


def test_a_batch_that_decodes_is_one_call(workshop: Any) -> None:
    calls: list[int] = []

    def counting(frames: Sequence[bytes]) -> None:
        calls.append(len(frames))

    provider = workshop.one(gateway_decode=counting)
    assert provider.decode([b"1", b"2", b"3"], LAUNCH) == []
    assert calls == [3]


@pytest.mark.parametrize("lazy", [False, True])
def test_another_exception_while_decoding_is_the_plugins_fault(workshop: Any, lazy: bool) -> None:
    def now(frames: Sequence[bytes]) -> Any:
        raise KeyError("type")

    def later(frames: Sequence[bytes]) -> Any:
        yield Noise()
        raise KeyError("type")

    provider = workshop.one(gateway_decode=later if lazy else now)
    with pytest.raises(PluginError) as failure:
        provider.decode([b"1", b"2"], LAUNCH)
    assert str(failure.value).startswith(
        f"The plugin 'acme' failed in gateway_decode: KeyError: 'type' ({__file__}:"
    )


def test_a_log_that_does_not_decode_is_noise(workshop: Any) -> None:
    provider = workshop.one(gateway_decode_log=lambda data: [Message(decode(data).text)])
    assert provider.decode_log(b'{"text":"a"}') == [Message("a")]
    assert provider.decode_log(b"garbage") == [Noise()]


def test_another_exception_over_a_log_is_the_plugins_fault(workshop: Any) -> None:
    def broken(data: bytes) -> None:
        raise IndexError("empty")

    with pytest.raises(PluginError, match=r"failed in gateway_decode_log: IndexError: empty \("):
        workshop.one(gateway_decode_log=broken).decode_log(b"x")


def calls() -> dict[str, tuple[Any, ...]]:
    """Every method of the façade that asks a hook for one answer, with arguments for it."""
    return {
        "resume": (Request(), None, "fresh"),
        "launch": (Request(), Resume(), "prompt", None, (), Installed()),
        "environ": ({},),
        "risk": (Request(),),
        "judge": (Request(), Resume(), OUTCOME, EXIT),
        "session_log": (OUTCOME,),
        "retry": (Request(), OUTCOME, Catalog()),
        "document": (OUTCOME,),
        "login": ({},),
        "catalog": ({},),
        "upgrade": ("2.0", {}),
    }


@pytest.mark.parametrize(("method", "arguments"), calls().items())
def test_an_answer_of_the_wrong_type_is_the_plugins_fault(
    workshop: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    provider = workshop.one(**{f"gateway_{method}": lambda: 7})
    with pytest.raises(PluginError) as failure:
        getattr(provider, method)(*arguments)
    assert str(failure.value) == f"The plugin 'acme' failed in gateway_{method}: it returned int"


@pytest.mark.parametrize(("method", "arguments"), calls().items())
def test_an_exception_in_a_hook_is_the_plugins_fault(
    workshop: Any, method: str, arguments: tuple[Any, ...]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by zero")

    provider = workshop.one(**{f"gateway_{method}": broken})
    with pytest.raises(PluginError) as failure:
        getattr(provider, method)(*arguments)
    place = f"{__file__}:{broken.__code__.co_firstlineno + 1}"
    assert str(failure.value) == (
        f"The plugin 'acme' failed in gateway_{method}: ZeroDivisionError: by zero ({place})"
    )


def test_a_plugin_may_refuse_a_request_in_its_own_words(workshop: Any) -> None:
    def refusing() -> None:
        raise InvalidRequest("not like this", hint="like that")

    with pytest.raises(InvalidRequest) as refusal:
        workshop.one(gateway_launch=refusing).launch(*calls()["launch"])
    assert (str(refusal.value), refusal.value.hint) == ("not like this", "like that")


def test_a_launch_is_required(workshop: Any) -> None:
    with pytest.raises(PluginError, match=r"failed in gateway_launch: it returned NoneType$"):
        workshop.one(gateway_launch=lambda: None).launch(*calls()["launch"])


def test_a_wrapper_that_fails_does_not_escape_either(workshop: Any) -> None:
    @hookimpl(wrapper=True)
    def gateway_risk() -> Any:
        yield
        raise RuntimeError("in the wrapper")

    workshop.plugin("tracing", gateway_risk=gateway_risk)
    with pytest.raises(GatewayError, match=r"failed in gateway_risk: RuntimeError: in the wrapper \("):
        workshop.one().risk(Request())


def test_a_provider_is_shown_by_its_name(workshop: Any) -> None:
    assert repr(workshop.one()) == "<Provider acme>"
