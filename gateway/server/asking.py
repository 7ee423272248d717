"""Puts questions to the person behind a client, in the way that the client's protocol has for it.

The older protocol sends the client a request and waits. The newer one answers the call with the question; the client
calls again with what was said, and the call begins anew: what was said before is then at hand.
"""

import hashlib
import json
import secrets
from collections import defaultdict
from functools import cached_property, partial

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from msgspec import Struct

from gateway.domain.caller import Caller
from gateway.domain.questions import Ask, Question, Reply
from gateway.server.forms import elicitation, input_requests, reply_told
from gateway.server.spec import Result
from gateway.server.tasks import Context

MOST = 64
"""Questions that a principal may have open. Beyond that the oldest is forgotten, and put anew to a client that
comes back."""


class Unanswered(Exception):
    """A question is open: ``result`` has the client put it and call again."""

    def __init__(self, result: Result) -> None:
        super().__init__("A question is open.")
        self.result = result


Answers = tuple[tuple[Question, Reply], ...]


class Round(Struct, frozen=True, kw_only=True):
    """A call answered with a question. Its state says nothing, cannot be guessed and is good for one answer."""

    call: str
    """The digest of what is called, with which arguments."""
    answers: Answers
    """What this call was told before."""
    question: Question


Rounds = dict[str, Round]


class Questions:
    """The open questions of a server, each principal's by their states.

    A call of the older protocol waits ``patience`` seconds for its person.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._rounds: defaultdict[str, Rounds] = defaultdict(dict)

    def asking(self, context: Context, params: types.CallToolRequestParams, caller: Caller) -> Ask | None:
        """What asks the person behind a call; None: the client shows no forms."""
        if not _shows_forms(context):
            return None
        if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            return partial(_elicited, context, self._patience)
        return Conversation(self._rounds[caller.principal], params).ask


class Conversation:
    """A call of the newer protocol, and what was said in the calls before it."""

    def __init__(self, rounds: Rounds, params: types.CallToolRequestParams) -> None:
        self._rounds = rounds
        self._params = params

    async def ask(self, question: Question) -> Reply:
        """What the client was told; an answer counts for the very question that it was given to."""
        for put, reply in self._answers:
            if put == question:
                return reply
        while len(self._rounds) >= MOST:
            del self._rounds[next(iter(self._rounds))]
        state = secrets.token_urlsafe()
        self._rounds[state] = Round(call=self._call, answers=self._answers, question=question)
        asked = input_requests((question,))
        raise Unanswered({"resultType": "input_required", "inputRequests": asked, "requestState": state})

    @cached_property
    def _answers(self) -> Answers:
        """What the client brings. A state that is not this call's, or was used, brings nothing: it is asked anew."""
        state = self._params.request_state or ""
        before = self._rounds.get(state)
        if before is None or before.call != self._call:
            return ()
        del self._rounds[state]
        said = (self._params.input_responses or {}).get(before.question.name)
        if not isinstance(said, types.ElicitResult):
            return before.answers
        return (*before.answers, (before.question, reply_told(said)))

    @cached_property
    def _call(self) -> str:
        said = json.dumps([self._params.name, self._params.arguments or {}], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


def _shows_forms(context: Context) -> bool:
    declared = context.session.client_capabilities
    if declared is None or declared.elicitation is None:
        return False
    return declared.elicitation.form is not None or declared.elicitation.url is None


async def _elicited(context: Context, patience: float, question: Question) -> Reply | None:
    try:
        said = await context.session.send_request(
            types.ElicitRequest(params=elicitation(question)),
            types.ElicitResult,
            request_read_timeout_seconds=patience,
            metadata=ServerMessageMetadata(related_request_id=context.request_id),
        )
    except (MCPError, ValueError):  # it cannot, does not in time, or says what is no answer
        return None
    return reply_told(said)
