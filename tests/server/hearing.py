"""What tests hear of a server: its words as they come, and never again once it has hung up."""

import re

import trio

LINE = re.compile(rb"\A(.*)\n")


class Ear:
    """Hears a stream up to what is listened for. A stream that ends before that is an error: reading on would give
    nothing at once, again and again, and keep the loop busy for as long as it is let."""

    def __init__(self, stream: trio.abc.ReceiveStream) -> None:
        self._stream = stream
        self.rest = b""
        """What came behind it."""

    async def line(self) -> bytes:
        """The next line, without its end."""
        return await self.hear(LINE)

    async def hear(self, words: re.Pattern[bytes]) -> bytes:
        """The first group of the words."""
        while (found := words.search(self.rest)) is None:
            more = await self._stream.receive_some()
            assert more, f"it ended after {self.rest!r}"
            self.rest += more
        self.rest = self.rest[found.end() :]
        return found[1]
