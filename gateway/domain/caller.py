"""Who asks."""

from msgspec import Struct


class Caller(Struct, frozen=True, kw_only=True):
    """A principal and what it may do. Somebody at this machine may name its files, a remote caller may not."""

    principal: str = "local"
    names_paths: bool = True


LOCAL = Caller()
