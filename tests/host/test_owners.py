"""Which gateways live is told by locks that die with their process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.host.owners import Owner, living, pid_of

OTHER = """
import sys
from gateway.host.owners import Owner
owner = Owner(sys.argv[1])
print(owner.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "owners")


def test_a_gateway_is_gone_when_its_process_is_and_not_before(folder: str) -> None:
    owner = Owner(folder)
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert owner.gone([name]) == frozenset()
        other.kill()
    assert owner.gone([name]) == {name}
    owner.forget([name])
    assert os.listdir(folder) == [owner.name]
    assert owner.gone([name, "never-was"]) == {name, "never-was"}
    owner.close()


def test_a_gateway_never_takes_itself_for_gone_and_leaves_nothing_behind(folder: str) -> None:
    owner = Owner(folder)
    assert owner.gone([owner.name]) == frozenset()
    owner.close()
    assert os.listdir(folder) == []


def test_a_gateway_is_known_by_its_lock_and_named_for_its_process(folder: str) -> None:
    owner = Owner(folder)
    assert living(folder, [owner.name, "never-was"]) == {owner.name}
    owner.close()
    assert living(folder, [owner.name]) == frozenset()
    assert [pid_of(name) for name in (owner.name, "never-was")] == [os.getpid(), None]


def test_two_gateways_of_one_process_are_two_owners(folder: str) -> None:
    one, two = Owner(folder), Owner(folder)
    assert (one.name != two.name, one.gone([two.name])) == (True, frozenset())
    two.close()
    assert one.gone([two.name]) == {two.name}
    one.close()
