"""The file with the bearer token of this machine's HTTP server. Only its owner can read it."""

import contextlib
import os
import secrets
import stat

from gateway.errors import ConfigError
from gateway.host.spool import private_folder, write_private

NAME = "http-token"
BYTES = 32


def token_path(state: str) -> str:
    """Where the token of a state folder lies."""
    return os.path.join(state, NAME)


def read_token(state: str) -> str | None:
    """The token, or None: there is no such file. One that others may read is refused."""
    path = token_path(state)
    try:
        with open(path, encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode
            token = file.read(4096).strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The token file {path} cannot be read: {error}", hint="Correct or delete it."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"Others than its owner may use the token file {path} (mode {stat.S_IMODE(mode):04o}).",
            hint=f"Delete it, for the token may be known: `rm {path}`. A new one is made at the next start.",
        )
    if not token:
        raise ConfigError(f"The token file {path} is empty.", hint=f"Delete it: `rm {path}`.")
    return token


def ensure_token(state: str) -> str:
    """The token, made where there is none. Of two that make one at once, both get the same."""
    private_folder(state)
    return read_token(state) or _made(state)


def _made(state: str) -> str:
    token = secrets.token_urlsafe(BYTES)
    draft = f"{token_path(state)}.{secrets.token_hex(8)}"
    write_private(draft, token.encode() + b"\n")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, token_path(state))
    finally:
        os.unlink(draft)
    return read_token(state) or token
