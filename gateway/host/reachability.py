"""Whether an address answers, asked from this machine. Not to know is an answer: nothing here raises."""

import http.client
import urllib.error
import urllib.request

import trio
from msgspec import Struct

PATIENCE = 3.0
"""Seconds that the answer may take."""


class Answer(Struct, frozen=True):
    """What came back: the status of an HTTP answer, or what went wrong."""

    status: int | None = None
    error: str | None = None

    @property
    def reachable(self) -> bool:
        """A refusal to talk to strangers is a sign of life; a page that is not there, or an error, is none."""
        return self.status is not None and self.status < 500 and self.status != 404


async def head(url: str) -> Answer:
    """Ask for the head of a page."""
    with trio.move_on_after(2 * PATIENCE):
        return await trio.to_thread.run_sync(_asked, url, abandon_on_cancel=True)
    return Answer(error="no answer in time")


def _asked(url: str) -> Answer:
    if not url.startswith(("http://", "https://")):
        return Answer(error="no HTTP address")
    try:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - checked above
        with urllib.request.build_opener().open(request, timeout=PATIENCE) as reply:
            return Answer(status=reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer(error=str(error) or type(error).__name__)
