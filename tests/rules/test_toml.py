"""What is wrong in a TOML file is told with its line and its key."""

import pytest
from msgspec import Struct

from gateway.errors import ConfigError
from gateway.rules.toml import line_of, read_toml


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    when: dict[str, str] = {}
    text: str = ""


class Output(Struct, frozen=True, forbid_unknown_fields=True):
    read: tuple[Rule, ...] = ()
    form: str = ""


class File(Struct, frozen=True, forbid_unknown_fields=True):
    output: Output = Output()
    models: dict[str, Output] = {}
    number: int = 0

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("less than nothing")


CASES = {
    "number = 1\n\n[output]\nform = 3\n": "f.toml, line 4, key `output.form`: Expected `str`, got `int`.",
    "[output]\nfrom = 'x'": "f.toml, line 2, key `output.from`: there is no such key.",
    "[[output.read]]\ntext = 'a'\n\n[[output.read]]\ntext = 3\n": (
        "f.toml, line 5, key `output.read.1.text`: Expected `str`, got `int`."
    ),
    "[[output.read]]\n[output.read.when]\nx = 3\n": (
        "f.toml, line 2, key `output.read.0.when`: Expected `str`, got `int`."
    ),
    "output = {form = 3}": "f.toml, line 1, key `output.form`: Expected `str`, got `int`.",
    "output.form = 3": "f.toml, line 1, key `output.form`: Expected `str`, got `int`.",
    "[models]\n'x y' = 1\n": "f.toml, line 1, key `models`: Expected `object`, got `int`.",
    "number = 'x'\n'''": "f.toml is no TOML: Expected '=' after a key in a key/value pair (at line 2, column 3).",
    "number = -1": "f.toml: less than nothing.",
}


@pytest.mark.parametrize(("text", "said"), CASES.items())
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as failure:
        read_toml(text, File, "f.toml")
    assert str(failure.value) == said


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[output]\nfrom = 1", "Did you mean `form`?"),
        ("numbre = 1", "Did you mean `number`?"),
        ("zzz = 1", "Correct the file."),
    ],
)
def test_the_nearest_key_is_offered(text: str, hint: str) -> None:
    with pytest.raises(ConfigError) as failure:
        read_toml(text, File, "f.toml")
    assert failure.value.hint == hint


def test_a_key_inside_a_long_string_is_none() -> None:
    assert line_of('a = """\nnumber = 1\n"""\nnumber = 2\n', ("number",)) == 4


def test_a_file_that_is_right_is_the_struct() -> None:
    assert read_toml("number = 3", File, "f.toml") == File(number=3)
