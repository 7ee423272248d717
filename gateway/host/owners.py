"""Which gateways live: each holds a lock on a file of its own for as long as its process exists."""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterable

from gateway.host.spool import PRIVATE_FILE, private_folder


class Owner:
    """This gateway, as the others see it. The name carries the pid for people; the lock is what counts."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        private_folder(folder)
        self._handle = os.open(self._at(self.name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def _at(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def gone(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the owners whose process has ended. One that is merely slow is not among them."""
        return frozenset(name for name in names if name != self.name and self._unlocked(name))

    def _unlocked(self, name: str) -> bool:
        try:
            handle = os.open(self._at(name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(handle)

    def forget(self, names: Iterable[str]) -> None:
        """Remove the files of gateways that are gone."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._at(name))

    def close(self) -> None:
        self.forget([self.name])
        os.close(self._handle)
