"""Texts that are too long for one frame: what is told, and where the rest is."""

import json

import pytest

from gateway.domain.outcome import REMEDIES, Exit, Outcome
from gateway.rules.fold import HEAD
from gateway.service.gateway import Gateway
from gateway.service.pages import PAGE, line_end
from gateway.service.wording import Rest, Said, cut

LONG = "".join(f"{number:09d} é\n" for number in range(20_000))


def outcome(text: str, size: int | None = None) -> Outcome:
    return Outcome(
        ending="ok",
        exit=Exit(returncode=0),
        text=text,
        text_bytes=len(text.encode()) if size is None else size,
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (outcome("short"), Said("short")),
        (outcome("ééééé€"), Said("ééééé", Rest("10"))),
        (outcome("éééé\na€"), Said("éééé\na", Rest("10"))),
        (outcome("ééééa€"), Said("ééééa", Rest("9"))),
        (outcome("abc", HEAD + 1), Said("abc", Rest("3"))),
        (outcome(""), Said("")),
        (outcome("abc", 300), Said("abc")),
    ],
    ids=["whole", "cut", "cut in a line", "cut before", "only the head", "nothing", "without its secrets"],
)
def test_an_answer_is_cut_between_characters_and_says_where(told: Outcome, said: Said) -> None:
    assert cut(told, 10) == said


@pytest.mark.parametrize(
    ("text", "end"),
    [("one\ntwo\nthree", 8), ("one\ntwo and more", 4), ("abcdefgh€€", 8), ("abcdefg€€€", 10), ("€€€€", 9)],
)
def test_lines_are_cut_at_the_end_of_a_line_or_else_of_a_character(text: str, end: int) -> None:
    assert line_end(text.encode(), 10) == end


def test_bytes_that_are_no_text_are_cut_anywhere() -> None:
    assert line_end(b"\x80" * 20, 10) == 10


async def test_a_long_answer_goes_on_at_its_cursor(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, LONG)
    _, page = await gateway.result(reply.job.id, reply.rest.cursor, PAGE, raw=reply.rest.raw)

    assert (reply.rest.raw, reply.text + page.text) == (False, LONG)


async def test_lines_of_a_long_run_go_on_at_a_raw_cursor(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, LONG, output_format="stream-json")
    text, rest = reply.text, reply.rest
    cursor = rest.cursor
    while cursor is not None:
        _, page = await gateway.result(reply.job.id, cursor, PAGE, raw=rest.raw)
        text, cursor = text + page.text, page.next_cursor
    lines = [json.loads(line) for line in text.splitlines()]

    assert (rest.raw, reply.text.endswith("\n")) == (True, True)
    assert [line["text"] for line in lines if line["type"] == "message"] == [LONG]


async def test_a_document_stays_whole_and_its_answer_is_cut(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, LONG, output_format="json")
    result = json.loads(reply.text)["result"]
    _, page = await gateway.result(reply.job.id, reply.rest.cursor, PAGE, raw=reply.rest.raw)

    assert (reply.rest.raw, LONG.startswith(result + page.text)) == (False, True)


async def test_what_is_short_has_no_rest(gateway: Gateway, ask) -> None:
    replies = [
        await ask(gateway, f"{form} echo-key-{'0' * 99}", output_format=form)
        for form in ("text", "json", "stream-json")
    ]

    assert [reply.rest for reply in replies] == [None, None, None]


async def test_who_is_not_logged_in_is_told_in_the_providers_words(gateway: Gateway, ask) -> None:
    reply, other = await ask(gateway, "ECHO:error=401"), await ask(gateway, "ECHO:error=429")

    assert reply.remedy == f"{REMEDIES['auth_required']} Echo needs no login; ECHO_KEY stands for one."
    assert other.remedy == REMEDIES["quota_exhausted"]
