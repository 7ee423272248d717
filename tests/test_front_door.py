"""What the package offers to authors of plugins, and what opening the door costs."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import gateway

SOURCE = ast.parse(Path(gateway.__file__).read_text("utf-8"))


def typed() -> dict[str, str]:
    """The names that type checkers see, and where they come from."""
    guard = next(node for node in SOURCE.body if isinstance(node, ast.If))
    return {
        alias.name: str(node.module)
        for node in guard.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_type_checkers_see_the_names_that_are_there() -> None:
    assert sorted(typed()) == sorted(set(gateway.__all__) - {"__version__"})


@pytest.mark.parametrize(("name", "home"), typed().items())
def test_every_name_is_the_one_of_its_home(name: str, home: str) -> None:
    assert getattr(gateway, name) is getattr(import_module(home), name)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'gateway' has no attribute 'Gateway'$"):
        _ = gateway.Gateway


def loaded(program: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after this program."""
    program += "; import sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_door_alone_loads_nothing_of_the_house() -> None:
    modules = loaded("import gateway")
    assert {name for name in modules if name.startswith("gateway")} == {"gateway"}
    assert not modules & {"msgspec", "pluggy", "trio", "mcp", "apsw"}


def test_everything_a_plugin_may_name_loads_neither_the_loop_nor_the_protocol_nor_the_database() -> None:
    modules = loaded("from gateway import *")
    assert not modules & {
        "trio",
        "mcp",
        "mcp_types",
        "apsw",
        "psutil",
        "subprocess",
        "gateway.service",
        "gateway.store",
    }
