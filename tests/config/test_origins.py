"""Where each value comes from."""

from collections.abc import Callable
from pathlib import Path

from gateway.config import configured
from gateway.config.origins import Origin, Setting, holds_secrets, settings

Written = Callable[..., dict[str, str]]


def test_each_value_is_shown_with_what_has_set_it(written: Written, home: Path) -> None:
    text = "env = ['A']\n[persistence]\npath = '/a/own.db'\n[mcp_servers.docs]\nenv = { TOKEN = 'hunter2' }\n"
    environ = written(text) | {"SESSION_TTL": "60"}
    path = str(home / "my.toml")
    found = {setting.key: setting for setting in settings(configured(environ))}
    assert found["lease"] == Setting("lease", 10.0, Origin("default"))
    assert found["session_ttl"] == Setting("session_ttl", 60.0, Origin("variable", variable="SESSION_TTL"))
    assert found["env"] == Setting("env", ("A",), Origin("file", path=path, line=1))
    assert found["state"] == Setting("state", "/a/own.db.gateway", Origin("file", path=path, line=3))
    hidden = Setting("mcp_servers.docs.env", {"TOKEN": "[hidden]"}, Origin("file", path=path, line=5))
    assert found["mcp_servers.docs.env"] == hidden
    assert [str(found[key].origin) for key in ("lease", "session_ttl", "env")] == [
        "default",
        "environment SESSION_TTL",
        f"{path}:1",
    ]


def test_a_file_holds_secrets_where_it_says_some_itself(written: Written) -> None:
    token = "0123456789abcdef0123456789abcdef"
    told = {
        text: holds_secrets(configured(written(text) | {"LLM_GATEWAY_AUTH_TOKEN": token}))
        for text in ("", "[http]\nlisten = '127.0.0.1:1'\n", f"[http.tokens]\nann = '{token}'\n")
    }
    assert list(told.values()) == [False, False, True]
