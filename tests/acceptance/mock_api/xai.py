"""What xAI does in its own way: both of OpenAI's protocols, below `/xai`."""

import re

from tests.acceptance.real_clis import PROVIDERS

from .chat import CHAT
from .conversation import Conversation, Json, Request
from .responses import RESPONSES

SIDES = [cli.side for cli in PROVIDERS.values() if cli.side]
"""The headers of CLIs' own questions, for titles and summaries: empty, or with this beginning."""

ERRORS = {
    400: "mock: bad request",
    401: "Incorrect API key provided: mo***ck. You can obtain an API key from https://console.x.ai.",
    404: "The model does not exist or your team does not have access to it.",
    429: "Too many requests for team mock. Your team has used 100% of its rate limit.",
}


def read_responses(request: Request) -> Conversation:
    return RESPONSES.read(request)._replace(side=_is_side_request(request))


def read_chat(request: Request) -> Conversation:
    return CHAT.read(request)._replace(side=_is_side_request(request))


def _is_side_request(request: Request) -> bool:
    marks = [(request.headers.get(header), beginning) for header, beginning in SIDES]
    return any(mark is not None and (not mark or mark.startswith(beginning)) for mark, beginning in marks)


def error(status: int) -> Json:
    return {"code": f"mock: status {status}", "error": ERRORS.get(status, "mock: internal server error")}


XAI_RESPONSES = RESPONSES._replace(path=re.compile(r"^/xai/v1/responses$"), read=read_responses, error=error)
XAI_CHAT = CHAT._replace(path=re.compile(r"^/xai/v1/chat/completions$"), read=read_chat, error=error)
