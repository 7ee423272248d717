"""``gateway plugins show``, ``check``, ``new``, ``install`` and ``uninstall``."""

import ast
import json
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from gateway.host.installation import Installation
from gateway.testing.conformance.battery import loaded
from gateway.testing.transcripts import read_transcripts

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"


@pytest.fixture
def parrot(environ: dict[str, str]) -> Path:
    """The declared provider of the documentation, with its recordings."""
    folder = Path(environ["LLM_GATEWAY_CONFIG"]).parent / "providers"
    folder.mkdir()
    shutil.copytree(EXAMPLE / "parrot-transcripts", folder / "parrot")
    environ["GATEWAY_PLUGINS"] = "parrot"
    return Path(shutil.copy(EXAMPLE / "parrot.toml", folder))


# show


def test_a_plugin_is_shown_with_what_it_declares(invoke, parrot: Path) -> None:
    lines = invoke("plugins", "show", "parrot").stdout.splitlines()
    assert f"source            {parrot}" in lines
    assert "environment       PARROT_*" in lines
    assert "model\t--model\t--species\tstring\t" in lines
    assert "loud\t--loud\t--loud\tboolean\tAnswer in capitals" in lines


def test_a_plugin_is_shown_in_json_with_its_contract(invoke) -> None:
    told = json.loads(invoke("plugins", "show", "echo", "--json").stdout)
    assert (told["provider"], told["secrets"], told["contract"]["flags"]["--loud"]["parameter"]) == (
        "echo",
        [r"echo-key-\w{8,}"],
        "loud",
    )


def test_a_plugin_that_is_no_provider_is_shown_too(invoke, environ, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    environ["GATEWAY_PLUGINS"] = "house_rules"
    assert "gateway_admit" in invoke("plugins", "show", "house_rules").stdout


def test_of_a_quarantined_plugin_the_traceback_is_shown(invoke, environ) -> None:
    environ["GATEWAY_PLUGINS"] = "no.such.plugin"
    result = invoke("plugins", "show", "no.such.plugin")
    assert (result.exit_code, result.stdout, "Traceback" in result.stderr) == (1, "", True)
    told = json.loads(invoke("plugins", "show", "no.such.plugin", "--json").stdout)
    assert told["quarantined"]["level"] == "error"


def test_a_plugin_that_is_not_there_is_an_error(invoke) -> None:
    result = invoke("plugins", "show", "nobody")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: There is no plugin 'nobody'.\nInstalled: gateway.testing.echo.\n",
    )


# check


def test_a_provider_is_checked_with_the_recordings_beside_its_file(invoke, parrot: Path) -> None:
    result = invoke("plugins", "check", "parrot", "-k", "transcript_comes", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["passed"], {each["state"] for each in told["checks"]}) == (
        0,
        True,
        {"passed"},
    )
    assert len(told["checks"]) == len(read_transcripts(parrot.with_suffix("")))


def test_a_check_that_fails_is_named_with_its_reason(invoke, parrot: Path) -> None:
    parrot.write_text(parrot.read_text().replace('"PARROT_*"', '"*"'))
    result = invoke("plugins", "check", "parrot", "-k", "strangers")
    loaded.cache_clear()
    assert result.exit_code == 1
    assert "environment is not open to strangers keys\tfailed\tAssertionError: assert" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("parrot fails 1 of 1 conformance checks of gateway")


def test_what_needs_recordings_is_left_out_where_there_are_none(invoke, parrot: Path) -> None:
    shutil.rmtree(parrot.with_suffix(""))
    result = invoke("plugins", "check", "parrot", "-k", "transcript_comes", "-v")
    assert "skipped\trecord runs of the CLI, and name their folder in `transcripts`" in result.stdout


def test_no_check_of_that_name_is_an_error(invoke, parrot: Path) -> None:
    result = invoke("plugins", "check", "parrot", "-k", "nonsense")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "Error: No check has 'nonsense' in its name.",
    )


def test_what_the_checks_need_is_named_where_it_is_missing(invoke, parrot: Path, monkeypatch) -> None:
    monkeypatch.setattr("gateway.cli.plugin_check.find_spec", lambda name: None)
    result = invoke("plugins", "check", "parrot")
    assert result.stderr.startswith("Error: The checks need pytest and hypothesis.\nRun: ")


# new


def test_a_new_package_is_a_plugin_with_tests_recordings_and_ci(invoke, tmp_path: Path) -> None:
    told = json.loads(invoke("plugins", "new", "my_cli", "--into", str(tmp_path), "--json").stdout)
    package = tmp_path / "gateway-plugin-my-cli"
    assert (told["package"], sorted(told["files"])) == (
        str(package),
        sorted(str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()),
    )
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"gateway": {"my_cli": "gateway_plugin_my_cli"}}
    assert {path.name for path in package.iterdir()} == {
        "pyproject.toml", "README.md", ".gitignore", ".github", "tests", "gateway_plugin_my_cli.py"
    }  # fmt: skip
    assert "class MyCliRequest" in ast.unparse(ast.parse((package / "gateway_plugin_my_cli.py").read_text()))


def test_a_new_package_passes_its_checks(invoke, environ, monkeypatch, tmp_path: Path) -> None:
    invoke("plugins", "new", "fresh", "--title", 'Fresh "Code"', "--into", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path / "gateway-plugin-fresh"))
    environ["GATEWAY_PLUGINS"] = "gateway_plugin_fresh"
    result = invoke(
        "plugins",
        "check",
        "fresh",
        "--secret",
        "fresh-key-0123456789abcdef",
        "-k",
        "facts or comes or flag or resume",
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("fresh passes ")


@pytest.mark.parametrize("name", ["My-CLI", "1st", "../up", ""])
def test_a_name_that_cannot_be_a_providers_is_refused(invoke, tmp_path: Path, name: str) -> None:
    result = invoke("plugins", "new", "--into", str(tmp_path), "--", name)
    assert (result.exit_code, list(tmp_path.glob("gateway-*"))) == (2, [])


def test_a_folder_that_is_there_is_left_as_it_is(invoke, tmp_path: Path) -> None:
    (tmp_path / "gateway-plugin-acme").mkdir()
    result = invoke("plugins", "new", "acme", "--into", str(tmp_path))
    assert (result.exit_code, "was left as it is" in result.stderr) == (2, True)
    assert list((tmp_path / "gateway-plugin-acme").iterdir()) == []


# install, uninstall


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that was installed by pipx."""
    here = Installation(kind="pipx", python="python")
    monkeypatch.setattr("gateway.cli.plugin_install.installation", lambda: here)


def test_an_installation_that_is_not_pips_is_left_to_its_tool(invoke, piped) -> None:
    result = invoke("plugins", "install", "gateway-plugin-acme")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: The gateway was installed by pipx, which keeps its own list of what belongs to it.\n"
        "Run: pipx inject gateway gateway-plugin-acme\n",
    )


def test_what_lies_here_is_named_so_that_any_folder_finds_it(
    invoke, piped, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme.whl").touch()
    monkeypatch.chdir(tmp_path)
    result = invoke("plugins", "install", ".[test]", "./acme", "acme.whl", "acme", "zeta>=1")
    here = shlex.quote(f"{tmp_path}[test]")
    assert result.stderr.splitlines()[1] == (
        f"Run: pipx inject gateway {here} {tmp_path}/acme {tmp_path}/acme.whl acme 'zeta>=1'"
    )


def test_options_of_pip_are_not_passed_on(invoke) -> None:
    result = invoke("plugins", "install", "--", "--index-url=http://example.org")
    assert (result.exit_code, "is no package" in result.stderr) == (2, True)


def test_a_plugin_that_was_not_installed_cannot_be_uninstalled(invoke) -> None:
    result = invoke("plugins", "uninstall", "nobody")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "Error: No plugin 'nobody' is installed.",
    )


def test_a_declared_provider_is_removed_with_its_file(invoke, parrot: Path) -> None:
    result = invoke("plugins", "uninstall", "parrot")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: parrot is declared in a file.\nRemove {parrot}.\n",
    )
