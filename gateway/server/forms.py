"""Questions and answers in the protocol's words: both eras have the same forms."""

from collections.abc import Iterable, Mapping
from typing import Any

import mcp_types as types
from pydantic import ValidationError

from gateway.domain.questions import Question, Reply

Body = dict[str, Any]


def input_requests(asked: Iterable[Question]) -> Body:
    """Questions as the newer protocol has its client put them, by their names."""
    return {
        each.name: {"method": "elicitation/create", "params": {"mode": "form", **_form(each)}}
        for each in asked
    }


def elicitation(asked: Question) -> types.ElicitRequestFormParams:
    """A question as the older protocol sends it to its client."""
    return types.ElicitRequestFormParams.model_validate(_form(asked))


def _form(asked: Question) -> Body:
    schema = {"type": "object", "properties": dict(asked.fields), "required": list(asked.fields)}
    return {"message": asked.message, "requestedSchema": schema}


def reply_told(said: types.ElicitResult) -> Reply:
    return Reply(said.action, said.content or {})


def replies_told(asked: Iterable[Question], said: Mapping[str, Any]) -> dict[str, Reply]:
    """The answers to what is asked, by its names. ValueError names the one that is no answer to a form."""
    replies = {}
    for name in (each.name for each in asked if each.name in said):
        try:
            replies[name] = reply_told(types.ElicitResult.model_validate(said[name]))
        except ValidationError as error:
            raise ValueError(name) from error
    return replies
