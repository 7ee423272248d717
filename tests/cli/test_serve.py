"""What ``gateway serve`` refuses to begin with."""

import pytest

ADDRESS = "/open"


@pytest.mark.parametrize(
    ("line", "variables", "problem", "remedy"),
    [
        (["--http", "0.0.0.0:0"], {}, "could run commands here", "Set LLM_GATEWAY_AUTH_TOKEN"),
        (["--http", "[::]:0"], {"LLM_GATEWAY_AUTH_DISABLED": "1"}, "to this machine only", "127.0.0.1"),
        (["--http", ":0"], {"LLM_GATEWAY_NO_AUTH_PATHS": ADDRESS}, "guesses it", "32 or more"),
        (["--http", ":0"], {"LLM_GATEWAY_AUTH_TOKEN": "short"}, "is not 16 or more", "openssl rand"),
        (["--http", "nowhere:port"], {}, "is no address", "HOST:PORT"),
        (["--transport=http"], {"LLM_GATEWAY_HTTP_HOST": "0.0.0.0"}, "could run commands here", "Set"),
        ([], {"LLM_GATEWAY_TRANSPORT": "http", "LLM_GATEWAY_HTTP_PATH": "/"}, "is no path", "/mcp"),
    ],
)
def test_an_unsafe_door_stays_shut(
    invoke, environ: dict[str, str], line: list[str], variables: dict[str, str], problem: str, remedy: str
) -> None:
    environ |= variables
    result = invoke("serve", *line)

    assert result.exit_code == 2
    assert problem in result.stderr
    assert remedy in result.stderr
