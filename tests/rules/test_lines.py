"""Where each key of a text stands."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.lines import lines

TEXT = """\
# a comment

state = "a = 1"
env = [
  "b = 2",  # [c]
]
[limits]  # of everything
queue = 5
text = '''
[not.a.table]
'''

[mcp_servers."my server".env]
TOKEN = "x"
[a]
b.c = 1
d = { e = 2, f = { g = 3 } }
[[h.i]]
j = 1
"""


def test_every_key_and_table_has_its_line() -> None:
    assert lines(TEXT) == {
        ("state",): 3,
        ("env",): 4,
        ("limits",): 7,
        ("limits", "queue"): 8,
        ("limits", "text"): 9,
        ("mcp_servers",): 13,
        ("mcp_servers", "my server"): 13,
        ("mcp_servers", "my server", "env"): 13,
        ("mcp_servers", "my server", "env", "TOKEN"): 14,
        ("a",): 15,
        ("a", "b"): 16,
        ("a", "b", "c"): 16,
        ("a", "d"): 17,
        ("a", "d", "e"): 17,
        ("a", "d", "f"): 17,
        ("a", "d", "f", "g"): 17,
        ("h",): 18,
        ("h", "i"): 18,
        ("h", "i", "0"): 18,
        ("h", "i", "0", "j"): 19,
    }


def test_tables_in_arrays_are_numbered() -> None:
    assert lines("[[a]]\n[[a.b]]\nx = 1\n[a.b.c]\n[[a.b]]\n[[a]]\n[[a.b]]\ny = 1\n") == {
        ("a",): 1,
        ("a", "0"): 1,
        ("a", "0", "b"): 2,
        ("a", "0", "b", "0"): 2,
        ("a", "0", "b", "0", "x"): 3,
        ("a", "0", "b", "0", "c"): 4,
        ("a", "0", "b", "1"): 5,
        ("a", "1"): 6,
        ("a", "1", "b"): 7,
        ("a", "1", "b", "0"): 7,
        ("a", "1", "b", "0", "y"): 8,
    }


VALUES = ("1", "'x # y'", '"""\n[no.table]\n"""', "[\n  1,\n]", "{ in = { side = 1 } }", "'''\n'''")


@given(
    st.lists(
        st.tuples(st.sampled_from(VALUES), st.sampled_from(["", "\n", "# [c]\n", "[t%d]\n"])), max_size=8
    )
)
def test_a_key_is_found_at_its_line_whatever_stands_before_it(statements: list[tuple[str, str]]) -> None:
    text, expected, table = "", {}, ()
    for number, (value, before) in enumerate(statements):
        text += before % number if "%" in before else before
        table = (f"t{number}",) if "%" in before else table
        expected[(*table, f"k{number}")] = text.count("\n") + 1
        text += f"k{number} = {value}\n"
    found = lines(text)
    assert {path: found[path] for path in expected} == expected


def test_line_ends_of_other_systems_count_as_one() -> None:
    assert lines("a = 1\r\n\r\nb = 2\r\n") == {("a",): 1, ("b",): 3}
