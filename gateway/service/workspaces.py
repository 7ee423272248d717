"""Where remote callers may work: in the registered folders, and in folders of their own that we make for them."""

import hashlib
import os
import uuid

from gateway.config import Config
from gateway.domain.caller import Caller
from gateway.domain.provider import ProviderInfo
from gateway.domain.request import Request, given
from gateway.domain.sessions import Session
from gateway.errors import ConfigError, InvalidRequest, Refused
from gateway.service.prepare import session_directory


def work_folder(config: Config) -> str:
    """Where the folders of remote callers lie."""
    return os.path.realpath(os.path.join(config.state, "work"))


class Workspaces:
    """The part of this machine that each caller may name. Whoever is at the machine may name all of it."""

    def __init__(self, config: Config) -> None:
        self.folder = work_folder(config)
        self._registered = {
            name: os.path.realpath(os.path.expanduser(path)) for name, path in config.workspaces.items()
        }

    def directory(
        self, request: Request, session: Session | None, caller: Caller, info: ProviderInfo
    ) -> tuple[str, bool]:
        """Where a remote caller's run works, and whether that is a new folder, which is yet to be made."""
        if given(request.working_dir):
            real = self.confined(self._absolute(str(request.working_dir)), "workingDir", caller)
            if not os.path.isdir(real):
                raise InvalidRequest(
                    f"workingDir: {request.working_dir} is not a directory.", hint="Correct it."
                )
            return real, False
        if session is not None:
            begun = session_directory(session, info)
            if begun is not None:
                return self.confined(begun, "The session's directory", caller), False
        return os.path.join(self._own(caller), str(uuid.uuid4())), True

    def _absolute(self, directory: str) -> str:
        """A path whose first part may be the name of a workspace."""
        name, _, rest = directory.partition("/")
        return os.path.join(self._registered[name], rest) if name in self._registered else directory

    def confined(self, path: str, what: str, caller: Caller) -> str:
        """The path as it may be used. A remote caller is told the same of what is not there and what is elsewhere."""
        if caller.names_paths:
            return path
        if os.path.isabs(path) and "\0" not in path:
            real = os.path.realpath(path)
            roots = (*self._registered.values(), self._own(caller))
            if any(os.path.commonpath((root, real)) == root for root in roots):
                return real
        named = ", ".join(self._registered) or "none is registered"
        raise Refused(
            f"{what}: {path} is in no workspace, and a remote caller may name nothing else of this machine.",
            hint=f"Workspaces: {named}. Without workingDir the run gets a folder of its own.",
        )

    def _own(self, caller: Caller) -> str:
        """The folder with a caller's own folders. A principal may have a name that no file has."""
        return os.path.join(self.folder, hashlib.sha256(caller.principal.encode()).hexdigest()[:32])


def check_workspaces(config: Config) -> None:
    """Refuse registered folders that are none."""
    for name, path in config.workspaces.items():
        full = os.path.expanduser(path)
        if "/" in name or not os.path.isabs(full) or not os.path.isdir(full):
            raise ConfigError(
                f"[workspaces] {name} = {path!r} is no folder of this machine.",
                hint="Give the absolute path of a folder, by a name without slashes.",
            )
