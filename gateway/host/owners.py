"""Which gateways live: each holds a lock on a file of its own for as long as its process exists."""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterable

from gateway.errors import StoreError
from gateway.host.spool import PRIVATE_FILE, private_folder


class Owner:
    """This gateway, as the others see it. The name carries the pid for people; the lock is what counts."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            private_folder(folder)
            self._handle = os.open(self._at(self.name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise StoreError(
                f"The state folder cannot be used: {error}", hint="Check LLM_GATEWAY_STATE and its owner."
            ) from error
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def _at(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def gone(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the owners whose process has ended. One that is merely slow is not among them."""
        others = {name for name in names if name != self.name}
        return frozenset(others - living(self._folder, others))

    def forget(self, names: Iterable[str]) -> None:
        """Remove the files of gateways that are gone."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._at(name))

    def close(self) -> None:
        self.forget([self.name])
        os.close(self._handle)


def living(folder: str, names: Iterable[str]) -> frozenset[str]:
    """Those of the gateways whose process exists."""
    return frozenset(name for name in names if _locked(os.path.join(folder, name)))


def pid_of(name: str) -> int | None:
    """The process id that a gateway's name carries."""
    number = name.partition("-")[0]
    return int(number) if number.isdecimal() else None


def _locked(path: str) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
