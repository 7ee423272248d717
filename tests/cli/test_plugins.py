import json
import os
import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "docs" / "example"


@pytest.fixture
def broken(environ: dict[str, str]) -> None:
    environ["GATEWAY_PLUGINS"] += ",no.such.plugin"


def test_a_loaded_plugin_is_listed(invoke) -> None:
    (plugin,) = json.loads(invoke("plugins", "--json").stdout)["plugins"]
    told = {name: plugin[name] for name in ("name", "module", "provider", "version")}
    assert told == {
        "name": "gateway.testing.echo",
        "module": "gateway.testing.echo",
        "provider": "echo",
        "version": None,
    }


def test_a_broken_plugin_is_quarantined(invoke, broken) -> None:
    rows = [row.split("\t") for row in invoke("plugins").stdout.splitlines()]
    assert [(row[0], row[4]) for row in rows[1:]] == [
        ("gateway.testing.echo", "loaded"),
        ("no.such.plugin", "quarantined"),
    ]


def test_a_broken_plugin_is_listed_with_its_package(invoke, environ, tmp_path: Path, monkeypatch) -> None:
    told = tmp_path / "site" / "gateway_plugin_torn-2.1.dist-info"
    told.mkdir(parents=True)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: gateway-plugin-torn\nVersion: 2.1\n")
    (told / "entry_points.txt").write_text("[gateway]\ntorn = no.such.module\n")
    monkeypatch.syspath_prepend(str(told.parent))
    environ["GATEWAY_PLUGINS"] = "torn"

    (row,) = [row.split("\t") for row in invoke("plugins").stdout.splitlines()[1:]]
    assert row == ["torn", "2.1", "gateway-plugin-torn", "", "quarantined", ""]


@pytest.mark.parametrize(("words", "traced"), [([], False), (["-v"], True)])
def test_the_traceback_is_shown_to_who_asks(invoke, broken, words: list[str], *, traced: bool) -> None:
    said = invoke("plugins", *words).stderr
    assert ("No module named 'no'" in said, "Traceback" in said) == (True, traced)


def test_models_are_listed_by_provider(invoke) -> None:
    rows = [row.split("\t") for row in invoke("models").stdout.splitlines()]
    assert rows == [
        ["provider", "model", "aliases", "description"],
        ["echo", "echo-1 (default)", "", "Repeats what it hears"],
        ["echo", "echo-2", "newest", "The same, at twice the price"],
    ]


def test_models_are_told_in_json(invoke) -> None:
    assert json.loads(invoke("models", "echo", "--json").stdout) == {
        "schema_version": 1,
        "providers": {
            "echo": {
                "title": "Echo",
                "models": {"echo-1": "Repeats what it hears", "echo-2": "The same, at twice the price"},
                "aliases": {"newest": "echo-2"},
                "default": "echo-1",
                "source": "bundled",
            }
        },
    }


def test_models_of_nobody_are_an_error(invoke) -> None:
    result = invoke("models", "nobody")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: There is no provider 'nobody'.\nInstalled: echo. See `gateway plugins`.\n",
    )


@pytest.fixture
def declared(environ: dict[str, str]) -> Path:
    """A provider that the user declares: the example of the documentation."""
    folder = Path(environ["LLM_GATEWAY_CONFIG"]).parent / "providers"
    folder.mkdir()
    shutil.copy(EXAMPLE / "parrot.toml", folder)
    environ["GATEWAY_PLUGINS"] = "parrot"
    environ["PATH"] = os.pathsep.join((str(EXAMPLE), os.environ["PATH"]))
    return folder / "parrot.toml"


def test_a_declared_provider_is_listed_with_its_file(invoke, declared: Path) -> None:
    (plugin,) = json.loads(invoke("plugins", "--json").stdout)["plugins"]
    assert (plugin["provider"], plugin["module"]) == ("parrot", str(declared))


def test_a_declared_provider_answers_and_has_its_options(invoke, declared: Path, environ) -> None:
    environ["PARROT_HOME"] = str(declared.parent)
    done = invoke("ask", "parrot", "hello there", "--loud", "--model", "macaw")
    assert (done.stdout, done.stderr) == ("HELLO THERE\n", "")


def test_a_declared_provider_has_its_models(invoke, declared: Path) -> None:
    rows = [row.split("\t") for row in invoke("models").stdout.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["parrot", "grey (default)"], ["parrot", "macaw"]]


def test_a_declared_provider_with_a_mistake_is_told_with_its_line(invoke, declared: Path) -> None:
    declared.write_text('executable = "parrot"\nargumnets = []\n')
    result = invoke("ask", "parrot", "hello")
    assert (result.exit_code, result.stderr.splitlines()[:1]) == (
        2,
        [f"Warning: {declared}, line 2, key `argumnets`: there is no such key."],
    )
