import json

import pytest


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
