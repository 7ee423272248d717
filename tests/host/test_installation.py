"""How packages get into the environment that the gateway runs in."""

import sys
from pathlib import Path

import pytest

from gateway.host.installation import Installation, installation

RECEIPT = """
[tool]
requirements = [
    { name = "gateway", directory = "/src/gateway" },
    { name = "gateway-plugin-zeta", specifier = ">=1" },
]
"""
PACKAGE = "gateway-plugin-acme"


@pytest.mark.parametrize(
    ("file", "text", "adding", "removing"),
    [
        ("pipx_metadata.json", "{}", f"pipx inject gateway {PACKAGE}", f"pipx uninject gateway {PACKAGE}"),
        (
            "uv-receipt.toml",
            RECEIPT,
            f"uv tool install /src/gateway --with 'gateway-plugin-zeta>=1' --with {PACKAGE}",
            "uv tool install /src/gateway --with 'gateway-plugin-zeta>=1'",
        ),
        ("uv-receipt.toml", "oops", f"uv tool install gateway --with {PACKAGE}", "uv tool install gateway"),
    ],
)
def test_tools_that_keep_a_list_of_their_own_are_named_with_the_right_command(
    tmp_path: Path, file: str, text: str, adding: str, removing: str
) -> None:
    prefix = tmp_path / "gateway"
    prefix.mkdir()
    (prefix / file).write_text(text)
    here = installation(str(prefix), "/usr")
    assert here.reason
    assert (here.adding(PACKAGE), here.removing(PACKAGE)) == (adding, removing)


def test_what_is_removed_is_not_kept() -> None:
    here = Installation(kind="uv tool", python="python", kept={"a": "a>1", "b": "b"})
    assert here.removing("a") == "uv tool install gateway --with b"


def test_a_virtual_environment_with_pip_takes_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.host.installation.find_spec", lambda name: object())
    here = installation(str(tmp_path), "/usr")
    assert (here.reason, here.adding("x y")) == ("", f"{sys.executable} -m pip install 'x y'")


def test_one_without_pip_says_what_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.host.installation.find_spec", lambda name: None)
    here = installation(str(tmp_path), "/usr")
    assert here.reason == "The gateway's environment has no pip."
    assert here.adding("x") == f"uv pip install --python {sys.executable} x"


def test_the_systems_own_python_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr("gateway.host.installation.sysconfig.get_path", lambda name: str(tmp_path))
    here = installation("/usr", "/usr")
    assert (here.kind, "-m venv" in here.adding("x")) == ("system", True)
