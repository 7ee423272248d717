"""One file, a few variables, and nothing that is misspelt goes unnoticed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import Config, Limits, McpServerConfig, ProviderConfig, named_plugins, read_config
from gateway.domain.launch import McpServer
from gateway.errors import ConfigError

Written = Callable[..., dict[str, str]]
WHOLE = """
state = "/var/gateway"
flight_bodies = false
env = ["MY_*"]

[limits]
wall_clock = 60
output = 2048

[providers.acme]
executable = "/opt/acme"
env = ["ACME_*"]

[mcp_servers.docs]
command = "docs-server"
args = ["--stdio"]
env = { TOKEN = "t" }
"""


def test_everything_in_the_file_counts(written: Written) -> None:
    config = read_config(written(WHOLE))
    assert config == Config(
        state="/var/gateway",
        flight_bodies=False,
        env=("MY_*",),
        limits=Limits(wall_clock=60.0, output=2048),
        providers={"acme": ProviderConfig("/opt/acme", ("ACME_*",))},
        mcp_servers={"docs": McpServerConfig("docs-server", ("--stdio",), {"TOKEN": "t"})},
    )


@pytest.mark.parametrize("environ", [{}, {"LLM_GATEWAY_CONFIG": ""}])
def test_no_file_is_an_empty_one(environ: dict[str, str]) -> None:
    config = read_config(environ)
    assert os.path.isabs(config.state)
    assert config == Config(state=config.state)


def test_a_file_that_was_named_must_be_there(home: Path) -> None:
    path = str(home / "missing.toml")
    with pytest.raises(ConfigError) as failure:
        read_config({"LLM_GATEWAY_CONFIG": path})
    assert str(failure.value) == f"The configuration {path} does not exist."


def test_a_folder_instead_of_a_file_is_told(home: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_config({"LLM_GATEWAY_CONFIG": str(home)})


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems keep configurations elsewhere")
def test_the_platforms_file_stands_over_the_old_place(written: Written) -> None:
    written("env = ['OLD']", ".llm-cli-gateway/config.toml")
    assert read_config({}).env == ("OLD",)
    written("env = ['NEW']", ".config/gateway/config.toml")
    assert read_config({}).env == ("NEW",)
    named = written("env = ['NAMED']", "named.toml")
    assert read_config(named).env == ("NAMED",)
    assert read_config({"LLM_GATEWAY_CONFIG": "~/named.toml"}).env == ("NAMED",)


@pytest.mark.parametrize(
    ("variable", "text", "state"),
    [
        ("/from/variable", "state = '/from/file'", "/from/variable"),
        ("", "state = '/from/file'", "/from/file"),
        ("~/mine", "", "{home}/mine"),
        ("", "state = '~/mine'", "{home}/mine"),
        ("", "state = 'of/project'", "{home}/of/project"),
        ("relative", "", "{cwd}/relative"),
    ],
)
def test_the_state_folder_is_absolute_whoever_named_it(
    home: Path, written: Written, variable: str, text: str, state: str
) -> None:
    environ = written(text) | {"LLM_GATEWAY_STATE": variable}
    assert read_config(environ).state == state.format(home=home, cwd=os.getcwd())


def test_a_provider_nobody_wrote_about_has_no_settings() -> None:
    config = Config(providers={"acme": ProviderConfig("/opt/acme")})
    assert config.provider("acme").executable == "/opt/acme"
    assert config.provider("other") == ProviderConfig()


def test_named_servers_are_handed_over_and_the_missing_are_told() -> None:
    config = Config(
        mcp_servers={"docs": McpServerConfig(url="http://d", headers={"K": "v"}), "git": McpServerConfig("g")}
    )
    servers, missing = config.servers(("git", "nope", "docs", "git", "nope"))
    assert servers == [
        McpServer(name="git", command="g"),
        McpServer(name="docs", url="http://d", headers={"K": "v"}),
    ]
    assert missing == ["nope"]


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, None),
        ({"GATEWAY_PLUGINS": ""}, []),
        ({"GATEWAY_PLUGINS": " acme, my.module ,"}, ["acme", "my.module"]),
    ],
)
def test_plugins_can_be_restricted_by_name(environ: dict[str, str], names: list[str] | None) -> None:
    assert named_plugins(environ) == names
