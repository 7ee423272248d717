"""``gateway contracts``."""

import json
from pathlib import Path

import pytest

from gateway.testing.echo_cli import VERSION


def test_contracts_are_listed(invoke) -> None:
    lines = [line.split("\t") for line in invoke("contracts").stdout.splitlines()]
    assert lines[0] == ["provider", "flag", "parameter", "takes", "since", "until", "installed"]
    assert ["echo", "--effort", "effort", "high|low", "", "", ""] in lines
    assert ["echo", "--session-id", "", "", "", "", ""] in lines


def test_the_installed_cli_is_compared_where_it_is_asked_for(invoke) -> None:
    result = invoke("contracts", "--probe-installed")
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr, {line[-1] for line in lines[1:]}) == (0, "", {"yes"})


@pytest.mark.parametrize("option", ["--provider", "--cli"])
def test_one_provider_is_told_in_json(invoke, option: str) -> None:
    told = json.loads(invoke("contracts", "--json", option, "echo", "--probe-installed").stdout)
    assert (told["schema_version"], told["schemaVersion"]) == (1, "upstream-cli-contracts.v1")
    assert (list(told["contracts"]), told["installedProbe"]["echo"]["version"]) == (
        ["echo"],
        VERSION.split()[1],
    )


def test_drift_is_told(invoke, environ: dict[str, str], tmp_path: Path) -> None:
    cli = tmp_path / "cli"
    cli.write_text("#!/bin/sh\necho 9.0.0 --model --effort\n")
    cli.chmod(0o755)
    Path(environ["LLM_GATEWAY_CONFIG"]).write_text(f'[providers.echo]\nexecutable = "{cli}"\n')
    result = invoke("contracts", "--probe-installed")
    lines = {line.split("\t")[1]: line.split("\t")[-1] for line in result.stdout.splitlines()}
    assert (lines["--effort"], lines["--loud"], lines["--resume"]) == ("yes", "missing", "missing")
    assert "echo 9.0.0: --loud: the help does not list it; loud is withheld\n" in result.stderr


def test_contracts_of_nobody_are_an_error(invoke) -> None:
    assert (invoke("contracts", "--provider", "nobody").exit_code) == 2
