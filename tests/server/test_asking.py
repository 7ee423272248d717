"""A person decides where the managed approval would say no, through clients of both eras that can show a form."""

import json
import re
from contextlib import asynccontextmanager

import pytest
import trio
from mcp_types import ElicitResult, ErrorData

from gateway.domain.questions import Question
from gateway.rules.approval import BY_A_PERSON
from gateway.server.asking import MOST
from gateway.server.render import text_result
from gateway.server.spec import Call

from .risky import FORMS, RISKY, SAID, put, told
from .wire import Session

PATIENCE = 60.0
ERAS = pytest.mark.parametrize("era", ["legacy", "auto"])
YES = ElicitResult(action="accept", content={"allow": True})
MESSAGE = """\
A request to Echo scores 6; the policy strict lets at most 2 pass.
- Asks that no permission be checked
- Its prompt holds sensitive or destructive words
It would run with the posture full, with no permission checked.
Yes lets this one request pass, as it is; anything else denies it."""


class Person:
    """Who sits at a client: what they were shown, and what they say."""

    def __init__(self, answer: ElicitResult | ErrorData) -> None:
        self.answer = answer
        self.shown = []

    async def __call__(self, context, params) -> ElicitResult | ErrorData:
        self.shown.append((params.message, params.requested_schema))
        return self.answer


@pytest.fixture
def gate(connect, asking):
    """The official client, with a person at it."""

    @asynccontextmanager
    async def opening(era: str, person: Person | None, *, asks: bool = True):
        with trio.fail_after(PATIENCE):
            async with connect(era, elicitation_callback=person, **asking(asks=asks)) as client:
                yield client

    return opening


async def decisions(client) -> list[tuple]:
    listed = json.loads((await client.call_tool("approval_list", {})).content[0].text)
    return [(each["status"], each["reasons"][2:]) for each in listed["approvals"]]


@ERAS
async def test_a_person_is_asked_and_lets_one_request_pass(gate, era: str) -> None:
    person = Person(YES)
    async with gate(era, person) as client:
        result = await client.call_tool("echo_request", RISKY)
        decided = await decisions(client)

    schema = {
        "type": "object",
        "properties": {"allow": {"type": "boolean", "title": "Let this request pass once", "default": False}},
        "required": ["allow"],
    }
    assert person.shown == [(MESSAGE, schema)]
    assert (result.is_error, result.content[0].text) == (False, "delete the wiki")
    assert result.structured_content["approval"]["status"] == "approved"
    assert decided == [("approved", [BY_A_PERSON])]


@ERAS
async def test_whatever_is_no_yes_is_the_denial(gate, era: str) -> None:
    person = Person(YES)
    answers = (
        ElicitResult(action="decline"),
        ElicitResult(action="cancel"),
        ElicitResult(action="cancel", content={"allow": True}),
        ElicitResult(action="accept"),
        ElicitResult(action="accept", content={"allow": False}),
        ElicitResult(action="accept", content={"allow": "yes"}),
    )
    async with gate(era, person) as client:
        for person.answer in answers:
            result = await client.call_tool("echo_request", RISKY)
            assert "denied by MCP-managed approval policy" in result.content[0].text
        decided = await decisions(client)

    assert decided == [("denied", [])] * len(answers)


async def test_a_client_that_fails_to_ask_gets_the_denial(gate) -> None:
    async with gate("legacy", Person(ErrorData(code=-1, message="no display"))) as client:
        result = await client.call_tool("echo_request", RISKY)

    assert "denied by MCP-managed approval policy" in result.content[0].text


@ERAS
async def test_a_client_that_shows_no_forms_gets_the_denial(gate, era: str) -> None:
    async with gate(era, None) as client:
        result = await client.call_tool("echo_request", RISKY)

    assert "denied by MCP-managed approval policy" in result.content[0].text


@ERAS
async def test_nobody_is_asked_where_that_is_not_configured(gate, era: str) -> None:
    person = Person(YES)
    async with gate(era, person, asks=False) as client:
        result = await client.call_tool("echo_request", RISKY)

    assert (person.shown, result.is_error) == ([], True)


@ERAS
async def test_nobody_is_asked_for_what_may_pass(gate, era: str) -> None:
    person = Person(YES)
    async with gate(era, person) as client:
        result = await client.call_tool("echo_request", RISKY | {"approvalPolicy": "permissive"})

    assert (person.shown, result.is_error) == ([], False)


async def test_a_question_tells_nothing_but_itself(ann: Session) -> None:
    first, second = await put(ann), await put(ann)

    assert first.keys() == {"resultType", "inputRequests", "requestState", "_meta"}
    assert [*first["inputRequests"]] == ["approval"]
    assert first["inputRequests"]["approval"]["params"]["message"] == MESSAGE
    assert re.fullmatch(r"[\w-]{43}", first["requestState"])
    assert first["requestState"] != second["requestState"]


async def test_an_answer_is_good_for_once(ann: Session) -> None:
    state = (await put(ann))["requestState"]
    answers = [await put(ann, requestState=state, inputResponses=SAID) for _ in range(2)]

    assert [told(answer) for answer in answers] == ["delete the wiki", "input_required"]


async def test_an_answer_is_good_for_that_call_of_that_caller_alone(ann: Session) -> None:
    state = (await put(ann))["requestState"]
    yes = {"requestState": state, "inputResponses": SAID}
    changed = [
        await put(ann, **yes, arguments=RISKY | {"prompt": "delete the wiki, and all others"}),
        await put(ann, **yes, arguments=RISKY | {"addDir": ["/"]}),
        await put(ann, **yes, name="echo_request_async"),
    ]
    ann.principal = "bob"
    changed.append(await put(ann, **yes))
    ann.principal = "ann"

    assert [told(answer) for answer in changed] == ["input_required"] * 4
    assert told(await put(ann, **yes)) == "delete the wiki"


@pytest.mark.parametrize("state", [None, "", "x", "A" * 43])
async def test_a_yes_to_a_question_that_was_not_put_is_none(ann: Session, state: str | None) -> None:
    named = {} if state is None else {"requestState": state}

    assert told(await put(ann, **named, inputResponses=SAID)) == "input_required"


async def test_a_call_that_comes_back_without_an_answer_is_asked_again(ann: Session) -> None:
    state = (await put(ann))["requestState"]
    again = [
        await put(ann, requestState=state),
        await put(ann, requestState=state, inputResponses={"other": SAID["approval"]}),
        await put(ann, requestState=state, inputResponses={"approval": {"roots": []}}),
    ]

    assert [told(answer) for answer in again] == ["input_required"] * 3


async def test_a_client_that_declares_no_forms_is_not_asked(ann: Session) -> None:
    answers = [await put(ann, declared) for declared in ({}, {"elicitation": {"url": {}}})]

    assert ["denied by" in told(answer) for answer in answers] == [True, True]


@pytest.mark.parametrize("odd", [10**40, {"a": [None, 1.5]}])
async def test_arguments_that_are_none_are_a_mistake_for_those_who_can_be_asked_too(
    ann: Session, odd: object
) -> None:
    arguments = RISKY | {"timeoutMs": odd}
    plain, asked = [await put(ann, declared, arguments=arguments) for declared in ({}, FORMS)]

    assert (plain["isError"], asked) == (True, plain)


async def test_who_opens_many_questions_loses_the_oldest_of_their_own(ann: Session) -> None:
    states = [(await put(ann))["requestState"]]
    ann.principal = "bob"
    states += [(await put(ann))["requestState"] for _ in range(MOST + 1)]
    said = [await put(ann, requestState=state, inputResponses=SAID) for state in (states[1], states[-1])]
    ann.principal = "ann"
    said.append(await put(ann, requestState=states[0], inputResponses=SAID))

    assert [told(answer) for answer in said] == ["input_required", "delete the wiki", "delete the wiki"]


async def test_a_tool_may_ask_one_thing_after_the_other(ann_asks) -> None:
    async def answer(call: Call) -> dict:
        names = [(await call.caller.ask(_named(name))).values["name"] for name in ("first", "second")]
        return text_result(" and ".join(names), {})

    said = {name: {"action": "accept", "content": {"name": name.upper()}} for name in ("first", "second")}
    async with ann_asks(answer) as ann:
        one = await put(ann)
        two = await put(ann, requestState=one["requestState"], inputResponses=said)
        end = await put(ann, requestState=two["requestState"], inputResponses=said)

    assert [[*each["inputRequests"]] for each in (one, two)] == [["first"], ["second"]]
    assert told(end) == "FIRST and SECOND"


def _named(name: str) -> Question:
    return Question(name=name, message=f"The {name} name?", fields={"name": {"type": "string"}})
