"""Sealed code cannot reach the world."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from gateway.testing.sealed import SealBroken, sealed

REACHES: dict[str, Callable[[], object]] = {
    "a file is opened": lambda: os.open(os.devnull, os.O_RDONLY),
    "a folder is listed": lambda: os.listdir("/"),
    "a file is removed": lambda: os.remove("/no/such/file"),
    "a program is started": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
    "a shell is started": lambda: os.system("true"),
    "a process is forked": os.fork,
    "a socket is made": socket.socket,
    "a name is looked up": lambda: socket.gethostbyname("localhost"),
}


@pytest.mark.parametrize("reach", REACHES.values(), ids=REACHES)
def test_sealed_code_gets_an_error_when(reach: Callable[[], object]) -> None:
    with pytest.raises(SealBroken, match="reached for"), sealed():
        reach()


def test_an_error_that_was_caught_is_told_at_the_end() -> None:
    def careless() -> None:
        with contextlib.suppress(SealBroken):
            os.listdir("/")

    with pytest.raises(SealBroken, match="caught and gone on: os"), sealed():
        careless()


def test_code_that_only_thinks_passes() -> None:
    with sealed():
        thought = sorted({"b": 1, "a": 2}.items())
    assert thought == [("a", 2), ("b", 1)]


def test_the_world_is_open_again_afterwards() -> None:
    with sealed():
        pass
    open(os.devnull).close()


def test_another_thread_is_not_sealed() -> None:
    done: list[str] = []

    def work() -> None:
        open(os.devnull).close()
        done.append("opened")

    thread = threading.Thread(target=work)
    with sealed():
        thread.start()
        thread.join()
    assert done == ["opened"]
