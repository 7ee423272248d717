"""Our entry in the files of clients."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.domain.launch import McpServer
from gateway.domain.probes import HomeFile
from gateway.domain.provider import BEARER_VARIABLE, ServersFile
from gateway.rules.servers import Unsafe, entries, entry, presence, removed, written

FILE = HomeFile("file")
JSON = ServersFile(
    file=FILE, shape="json", key="servers", stdio={"type": "stdio"}, http={"type": "http"},
    token={"headers": {"Authorization": f"Bearer ${BEARER_VARIABLE}"}}, limit={"timeout": 1000},
)  # fmt: skip
TOML = ServersFile(
    file=FILE, shape="toml", key="servers", token={"token_variable": BEARER_VARIABLE}, limit={"limit": 1}
)
LIST = ServersFile(
    file=FILE, shape="toml list", key="servers", stdio={"transport": "stdio"}, http={"transport": "http"},
    token={"auth": {"variable": BEARER_VARIABLE}},
)  # fmt: skip
LOCAL = McpServer(name="gateway", command="/bin/gateway", args=("serve",), env={"A": "b"})
REMOTE = McpServer(name="gateway", url="http://127.0.0.1:3333/mcp")
BARE = '[servers.gateway]\ncommand = "/bin/gateway"\nargs = ["serve"]\nenv = {A = "b"}\nlimit = 90\n'


def test_an_entry_is_written_in_the_words_of_its_client() -> None:
    assert entry(JSON, LOCAL, 1.5) == {
        "type": "stdio",
        "command": "/bin/gateway",
        "args": ["serve"],
        "env": {"A": "b"},
        "timeout": 1500,
    }
    assert entry(LIST, REMOTE, 90.0) == {
        "transport": "http",
        "url": "http://127.0.0.1:3333/mcp",
        "auth": {"variable": BEARER_VARIABLE},
    }


def test_variables_are_handed_on_by_name_in_the_clients_own_way() -> None:
    listing = replace(TOML, names="names")
    assert entry(listing, LOCAL, 90.0, ("KEY", "A"))["names"] == ["KEY"]
    referring = replace(JSON, reference="${NAME:-}")
    assert entry(referring, LOCAL, 90.0, ("KEY", "A"))["env"] == {"KEY": "${KEY:-}", "A": "b"}
    assert "KEY" not in repr(entry(JSON, LOCAL, 90.0, ("KEY",)))
    assert "KEY" not in repr(entry(listing, REMOTE, 90.0, ("KEY",)))


def test_names_that_are_handed_on_already_stay() -> None:
    listing = replace(TOML, names="names")
    text = written(listing, "", "gateway", entry(listing, LOCAL, 90.0, ("OLD",)))
    wanted = entry(listing, LOCAL, 90.0, ("NEW",))
    both = written(listing, text, "gateway", wanted)
    assert entries(listing, both)["gateway"]["names"] == ["OLD", "NEW"]
    assert presence(listing, both, "gateway", entry(listing, LOCAL, 90.0)) == "current"


@pytest.mark.parametrize(
    ("file", "before"),
    [
        (JSON, '{"servers": {"a": {}}} // mine'),
        (JSON, '\ufeff{\r\n  "servers": {\r\n  }\r\n}\r\n'),
        (TOML, "# mine\na = 1\n"),
        (TOML, 'a = """\n[servers.gateway]\n"""\r\n'.replace("\n", "\r\n").replace("\r\r", "\r")),
        (TOML, "[servers.a]\nb = 1 # c\n\n[z]\n\n"),
        (TOML, "[servers]\n[servers.a]\nb = 1\n[z]\n[servers.c]\nd = 1\n"),
        (TOML, "servers.a.b = 1\n"),
        (LIST, '[[servers]]\nname = "a"\n\n[z]\nb = 1\n'),
        (LIST, "a = 1\n"),
    ],
)
def test_an_entry_that_comes_and_goes_leaves_no_trace(file: ServersFile, before: str) -> None:
    text = written(file, before, "gateway", entry(file, LOCAL, 90.0))
    assert presence(file, text, "gateway", entry(file, LOCAL, 90.0)) == "current"
    gone = removed(file, text, "gateway")
    assert gone.replace("{}", "{\r\n  }") == before if "\r\n  }" in before else gone == before


@pytest.mark.parametrize(
    ("file", "before"),
    [(TOML, "# one line\nservers = {a = {b = 1}}\n"), (LIST, 'servers = [{name = "a"}] # mine\n[z]\n')],
)
def test_servers_on_one_line_take_ours_in(file: ServersFile, before: str) -> None:
    text = written(file, before, "gateway", entry(file, LOCAL, 90.0))
    assert presence(file, text, "gateway", entry(file, LOCAL, 90.0)) == "current"
    gone = removed(file, text, "gateway")
    assert entries(file, gone) == entries(file, before)
    assert gone.count("#") == 1


def test_an_empty_list_makes_room_for_tables() -> None:
    assert written(LIST, "servers = []\n[z]\n", "gateway", {"url": "u"}) == (
        '[z]\n\n[[servers]]\nname = "gateway"\nurl = "u"\n'
    )


def test_a_table_is_put_behind_the_end() -> None:
    wanted = entry(TOML, LOCAL, 90.0)
    assert written(TOML, "", "gateway", wanted) == BARE
    assert written(TOML, "a = 1", "gateway", wanted) == f"a = 1\n\n{BARE}"
    assert removed(TOML, f"a = 1\n\n{BARE}", "gateway") == "a = 1\n"


@pytest.mark.parametrize("file", [JSON, TOML, LIST])
def test_what_is_written_again_stays_to_the_byte(file: ServersFile) -> None:
    wanted = entry(file, LOCAL, 90.0)
    text = written(file, "", "gateway", wanted)
    assert written(file, text, "gateway", wanted) == text


def test_what_people_added_to_the_entry_stays() -> None:
    before = '{"servers": {"gateway": {"command": "/old/gateway", "args": ["serve"], "env": {"KEY": "k"}, "trust": true /* mine */}}}'
    text = written(JSON, before, "gateway", entry(JSON, LOCAL, 1.0))
    assert "/* mine */" in text
    assert entries(JSON, text)["gateway"] == {
        "type": "stdio",
        "command": "/bin/gateway",
        "args": ["serve"],
        "env": {"KEY": "k", "A": "b"},
        "trust": True,
        "timeout": 1000,
    }


@pytest.mark.parametrize("file", [JSON, TOML, LIST])
def test_another_transport_takes_the_keys_of_the_former_away(file: ServersFile) -> None:
    local = written(file, "", "gateway", entry(file, LOCAL, 90.0))
    remote = written(file, local, "gateway", entry(file, REMOTE, 90.0))
    found = {key: value for key, value in entries(file, remote)["gateway"].items() if key != "name"}
    assert found == entry(file, REMOTE, 90.0)
    again = written(file, remote, "gateway", entry(file, LOCAL, 90.0))
    assert entries(file, again) == entries(file, local)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"command": "/x/gateway", "args": ["serve", "--profile", "compact"]}, "different"),
        ({"command": "/x/python", "args": ["-m", "gateway", "serve"]}, "different"),
        ({"url": "http://x/mcp", "headers": {"Authorization": f"Bearer ${BEARER_VARIABLE}"}}, "different"),
        ({"command": "/x/gateway", "args": ["other"]}, "foreign"),
        ({"command": "npx", "args": ["serve"]}, "foreign"),
        ({"url": "http://x/mcp"}, "foreign"),
        ({"command": ["gateway"]}, "foreign"),
        ("gateway serve", "foreign"),
    ],
)
def test_an_entry_is_ours_by_what_it_starts(found: Any, expected: str) -> None:
    text = written(JSON, "", "gateway", found) if isinstance(found, dict) else '{"servers": {"gateway": "x"}}'
    assert presence(JSON, text, "gateway", entry(JSON, LOCAL, 1.0)) == expected


@pytest.mark.parametrize(
    ("file", "text"),
    [(JSON, "[]"), (JSON, '{"servers": []}'), (TOML, "servers = 1"), (LIST, "[servers.a]\nb = 1\n")],
)
def test_servers_that_are_none_are_refused(file: ServersFile, text: str) -> None:
    with pytest.raises(Unsafe):
        written(file, text, "gateway", {"url": "u"})
