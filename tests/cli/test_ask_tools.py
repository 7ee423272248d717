"""A provider with two tools."""

from pathlib import Path

import pytest

PLUGIN = '''
"""A provider that is echo under another name, with a second tool."""

from msgspec.structs import replace

from gateway import Request, Tool, hookimpl
from gateway.testing.echo import *
from gateway.testing import echo

for _name in dir(echo):
    if _name.startswith("gateway_"):
        globals()[_name] = getattr(echo, _name)


class ForkRequest(echo.EchoRequest, kw_only=True):
    """Ask in a copy of a session."""

    session_id: str


@hookimpl
def gateway_provider():
    tools = (Tool("double_request", echo.EchoRequest), Tool("double_fork_session", ForkRequest))
    return replace(echo.gateway_provider(), name="double", tools=tools)
'''


@pytest.fixture(autouse=True)
def double(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gateway_plugin_double.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    environ["GATEWAY_PLUGINS"] = "gateway_plugin_double"


def test_a_further_tool_is_a_command_of_its_own(invoke) -> None:
    assert "double-fork-session  Ask in a copy of a session." in invoke("ask", "--help").stdout


@pytest.mark.parametrize("name", ["double-fork-session", "double_fork_session"])
def test_a_further_tool_has_its_own_options(invoke, name: str) -> None:
    assert "--session-id TEXT" in invoke("ask", name, "--help").stdout


def test_a_field_that_is_required_is_asked_for(invoke) -> None:
    result = invoke("ask", "double-fork-session", "hi")
    assert (result.exit_code, "Missing option '--session-id'" in result.stderr) == (2, True)


def test_the_first_tool_has_the_name_of_its_provider(invoke) -> None:
    assert invoke("ask", "double", "hi").stdout == "hi\n"
