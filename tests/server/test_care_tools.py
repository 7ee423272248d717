"""Versions, contracts and upgrades through the official client, asked well and asked badly."""

import json
import sys
from pathlib import Path

import trio

from gateway.testing.echo_cli import VERSION

PATIENCE = 60.0
NUMBER = VERSION.split()[1]
BAD = (
    ("cli_versions", {"cli": "nobody"}, "There is no provider 'nobody'."),
    ("cli_versions", {"cli": 7}, "Expected `str`, got `int` - at `$.cli`"),
    ("upstream_contracts", {"cli": "nobody"}, "There is no provider 'nobody'."),
    ("upstream_contracts", {"probeInstalled": "yes"}, "Expected `bool`, got `str` - at `$.probeInstalled`"),
    ("cli_upgrade", {"cli": "echo", "dryRun": False}, "The gateway cannot upgrade Echo."),
    ("cli_upgrade", {"cli": "echo", "target": "-g"}, "cannot start with '-'"),
    (
        "cli_upgrade",
        {"cli": "echo", "target": ""},
        "Upgrade target must be a non-empty package tag or version",
    ),
    ("cli_upgrade", {"cli": "nobody"}, "There is no provider 'nobody'."),
    ("cli_upgrade", {}, "Object missing required field `cli`"),
    ("cli_upgrade", {"cli": "echo", "timeoutMs": 5}, "Expected `int` >= 30000 - at `$.timeoutMs`"),
)


async def tell(client, tool: str, **arguments: object) -> dict:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error
    return json.loads(result.content[0].text)


async def test_a_logged_in_cli_is_told_with_its_version_however_it_is_asked_for(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect(ECHO_KEY="k") as client:
            asked = ({}, {"cli": "echo"}, {"cli": ""}, {"cli": None})
            answers = [await tell(client, "cli_versions", **arguments) for arguments in asked]

    told = answers[0]["versions"][0]
    assert answers == [{"versions": [told]}] * 4
    assert (told.pop("args")[-1], told) == (
        "--version",
        {
            "cli": "echo",
            "command": sys.executable,
            "installed": True,
            "version": NUMBER,
            "loginStatus": "authenticated",
            "loginDetail": "ECHO_KEY",
        },
    )


async def test_a_cli_that_is_missing_is_told_with_how_to_install_it(connect, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[providers.echo]\nexecutable = "/nowhere/cli"\n')
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_CONFIG=str(config)) as client:
            (told,) = (await tell(client, "cli_versions"))["versions"]
            plan = (await tell(client, "cli_upgrade", cli="echo"))["plan"]

    assert (told["installed"], told["loginStatus"]) == (False, "not_checked")
    assert told["installGuidance"]["commands"] == ["python -m pip install gateway"]
    assert told["error"].startswith("The 'cli' command was not found.")
    assert "/nowhere" not in json.dumps(told)
    assert (plan["strategy"], plan["note"].startswith(told["error"])) == ("manual", True)


async def test_what_is_counted_on_and_what_is_there_are_told(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            (version,) = (await tell(client, "cli_versions"))["versions"]
            plain = await tell(client, "upstream_contracts")
            probed = await tell(client, "upstream_contracts", cli="echo", probeInstalled=True)
            upgrade = await tell(client, "cli_upgrade", cli="echo")

    assert (version["loginStatus"], version["loginGuidance"]["summary"]) == (
        "not_authenticated",
        "Echo needs no login; ECHO_KEY stands for one.",
    )
    assert (plain["schemaVersion"], plain["installedProbe"]) == ("upstream-cli-contracts.v1", None)
    assert plain["contracts"]["echo"]["flags"]["--effort"] == {
        "parameter": "effort",
        "arity": "one",
        "style": "value",
        "tools": ["echo_request"],
        "values": ["high", "low"],
    }
    held = probed["installedProbe"]["echo"]
    assert (held["available"], held["version"], held["missingFlags"], held["warnings"]) == (
        True,
        NUMBER,
        [],
        [],
    )
    assert (upgrade["dryRun"], upgrade["plan"]["target"], upgrade["plan"]["command"]) == (
        True,
        "latest",
        None,
    )


async def test_what_was_asked_wrongly_is_an_error_that_says_so(connect) -> None:
    with trio.fail_after(PATIENCE):
        async with connect() as client:
            results = [await client.call_tool(tool, arguments) for tool, arguments, _ in BAD]

    silent = [
        (tool, arguments)
        for (tool, arguments, words), result in zip(BAD, results, strict=True)
        if not (result.is_error and words in json.dumps(result.content[0].text))
    ]
    assert silent == []


async def test_a_binary_is_probed_once_whoever_asks(connect, tmp_path: Path) -> None:
    cli, config = tmp_path / "cli", tmp_path / "config.toml"
    config.write_text(f'[providers.echo]\nexecutable = "{cli}"\n')
    script = (
        f'#!/bin/sh\ncase "$*" in *--version*) echo >>"{cli}.probed";; esac\nexec {sys.executable} "$@"\n'
    )
    with trio.fail_after(PATIENCE):
        async with connect(LLM_GATEWAY_CONFIG=str(config)) as client:
            for change in ("", "# upgraded\n"):
                cli.write_text(script + change)
                cli.chmod(0o700)
                asked = [("echo_request", {"prompt": "hi"}), ("cli_versions", {})]
                for tool, arguments in reversed(asked) if change else asked:
                    assert not (await client.call_tool(tool, arguments)).is_error

    assert len(Path(f"{cli}.probed").read_text()) == 2
