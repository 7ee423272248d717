"""Every mistake of a file at once, with its line and what was probably meant."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import read_config
from gateway.errors import ConfigError

Written = Callable[..., dict[str, str]]


def told(environ: dict[str, str]) -> str:
    """What is said about a file, without its path."""
    with pytest.raises(ConfigError) as failure:
        read_config(environ)
    return str(failure.value).replace(environ["LLM_GATEWAY_CONFIG"], "FILE")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\nflight_bodys = true", "line 2: `flight_bodys` is no key; did you mean `flight_bodies`?"),
        ("qqq = 1", "line 1: `qqq` is no key"),
        ("wall_clock = 5", "line 1: `wall_clock` is no key; did you mean `limits.wall_clock`?"),
        ("[limits]\nwall_clock = 0", "line 2: `limits.wall_clock` must be: number, > 0"),
        ("[limits]\noutput = 5", "line 2: `limits.output` must be: integer, ≥ 1,024"),
        ("[providers.acme]\n\nexec = 'x'", "line 3: `providers.acme.exec` is no key"),
        ("[providers]\nacme = 'x'", "line 2: `providers.acme` is a table"),
        ("limits = 5", "line 1: `limits` is a table"),
        ("[persistence]\npath = 5", "line 2: `persistence.path` must be: string"),
        ("env = " + "[" * 9000, "line 1: maximum recursion depth exceeded at the end of the file"),
        ("persistence = 5", "line 1: `persistence` is a table"),
        ("env = 'MY_*'", "line 1: `env` must be: list of string"),
        (
            'approval_policy = "lax"',
            'line 1: `approval_policy` must be: `"balanced"`, `"permissive"`, `"strict"`',
        ),
        ("not toml at all", "line 1: expected '=' after a key in a key/value pair"),
        ("env = [\n  'A',\n", "line 2: invalid value at the end of the file"),
        (b"lease = 5\nstate = '\xe9'", "line 2: the file is not UTF-8"),
        (
            "[persistence]\nbackend = 'memory'",
            "line 1: backend = 'memory' is ephemeral: set acknowledgeEphemeral = true if that is meant",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(written: Written, text: str | bytes, problem: str) -> None:
    assert told(written(text)) == f"The configuration FILE is wrong: {problem}"


def test_all_mistakes_are_told_at_once(written: Written) -> None:
    text = "flight_bodys = true\n[limits]\noutput = 5\nqueue = 'long'\n"
    assert told(written(text)).splitlines() == [
        "The configuration FILE is wrong:",
        "  line 1: `flight_bodys` is no key; did you mean `flight_bodies`?",
        "  line 3: `limits.output` must be: integer, ≥ 1,024",
        "  line 4: `limits.queue` must be: integer, ≥ 0",
    ]


def test_a_backend_that_is_no_more_is_refused_with_the_reason(written: Written) -> None:
    assert "there is no Postgres backend" in told(written("[persistence]\nbackend = 'postgres'"))


def test_what_a_variable_says_does_not_hide_an_unknown_key(written: Written) -> None:
    environ = written("sync_deadline = 5") | {"SYNC_DEADLINE_MS": "5"}
    assert "`sync_deadline` is no key; did you mean `sync_deadline_ms`?" in told(environ)


def test_no_secret_is_repeated(written: Written, home: Path) -> None:
    assert "hunter2" not in told(written("[mcp_servers.a.env]\nPASSWORD = ['hunter2']"))
