"""What a child may see, and where its executable is found."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.host.environ import BASE, child_environ, find, is_base, search_path

CANARIES = {
    "OPENAI_API_KEY": "sk-canary",
    "DATABASE_URL": "postgres://canary",
    "LLM_GATEWAY_AUTH_TOKEN": "canary",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "PYTHONPATH": "/canary",
    "LD_PRELOAD": "/canary.so",
    "path": "/canary",
}
USUAL = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "LANG": "C",
    "LC_ALL": "C",
    "TERM": "xterm",
    "https_proxy": "http://p",
}


def test_the_environment_is_built_and_not_inherited() -> None:
    assert child_environ(USUAL | CANARIES, (), (), "/search") == USUAL | {"PATH": "/search"}


def test_what_is_allowed_by_name_or_glob_is_added() -> None:
    environ = CANARIES | {"ACME_KEY": "1", "ACME": "2", "XACME_KEY": "3", "acme_key": "4"}
    seen = child_environ(environ, ("ACME_*", "DATABASE_URL"), (), "/search")
    assert seen == {"ACME_KEY": "1", "DATABASE_URL": "postgres://canary", "PATH": "/search", "TERM": "dumb"}


def test_our_own_settings_and_the_clients_markers_never_pass() -> None:
    environ = {"LLM_GATEWAY_AUTH_TOKEN": "x", "ACME_ENTRYPOINT": "cli", "ACME_KEY": "1"}
    seen = child_environ(environ, ("*", "LLM_GATEWAY_AUTH_TOKEN"), ("ACME_ENTRYPOINT",), "/search")
    assert seen == {"ACME_KEY": "1", "PATH": "/search", "TERM": "dumb"}


@given(st.dictionaries(st.text(), st.text()))
def test_nothing_passes_that_is_not_in_the_base_set(environ: dict[str, str]) -> None:
    seen = child_environ(environ, (), (), "/search")
    assert {name for name in seen if not is_base(name)} == set()
    assert all(seen[name] == environ[name] for name in seen if name not in ("PATH", "TERM"))


def test_the_base_set_holds_no_secret_by_its_name() -> None:
    assert [name for name in BASE if any(word in name for word in ("KEY", "TOKEN", "SECRET", "PASS"))] == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    versions = ("v18.20.4", "v9.11.2", "v22.9.0", "v22.11.0")
    for folder in (".local/bin", *(f".nvm/versions/node/{version}/bin" for version in versions)):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def test_the_users_own_path_comes_first_and_in_its_order(home: Path) -> None:
    path = search_path({"HOME": str(home), "PATH": f"/bin:/z::{home}/.local/bin:/a:/bin"}).split(":")
    assert path[:4] == ["/bin", "/z", f"{home}/.local/bin", "/a"]
    assert len(set(path)) == len(path)


def test_the_newest_version_of_a_runtime_comes_first(home: Path) -> None:
    path = search_path({"HOME": str(home), "PATH": ""}).split(":")
    assert [folder.split("/")[-2] for folder in path[-4:]] == ["v22.11.0", "v22.9.0", "v18.20.4", "v9.11.2"]


def test_only_folders_that_are_there_are_appended(home: Path) -> None:
    path = search_path({"HOME": str(home), "PATH": ""}).split(":")
    assert f"{home}/.local/bin" in path
    assert f"{home}/.cargo/bin" not in path


def executable(path: Path, mode: int = 0o755) -> str:
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


def test_the_first_executable_on_the_path_is_found(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
    executable(tmp_path / "a" / "acme", 0o644)
    wanted = executable(tmp_path / "b" / "acme")
    executable(tmp_path / "c" / "acme")
    path = ":".join(str(tmp_path / folder) for folder in ("a", "b", "c"))
    assert find("acme", path) == wanted
    assert find("zeta", path) is None


def test_an_executable_may_be_named_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = executable(tmp_path / "acme")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find(wanted, "/nowhere") == wanted
    assert find("~/acme", "/nowhere") == wanted
    assert find(str(tmp_path), "/nowhere") is None


def test_a_relative_folder_on_the_path_gives_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "acme")
    monkeypatch.chdir(tmp_path)
    assert find("acme", ".") == os.path.join(os.getcwd(), "acme")
