"""What ``gateway serve`` does before anything else: it answers from memory while the rest is being imported."""

import os

from gateway import __version__
from gateway.server.bootstrap import Early, divert
from gateway.server.remembered import Memory


def begin(words: "list[str]") -> Early | None:
    """Begin a connection with a client whose questions we can answer. None: there is no telling, or no answer."""
    plain = words == ["serve"] or (len(words) == 3 and words[:2] == ["serve", "--profile"])
    if not plain:
        return None
    memory = memory_of(words)
    memory.recall()
    return Early(memory, divert()) if memory.answers else None


def memory_of(words: "list[str]") -> Memory:
    """The memory of a command line."""
    return Memory(__version__, words, os.environ)
