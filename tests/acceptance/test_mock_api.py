"""The real CLIs, run with their own arguments, get from the mock what its words promise."""

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request as HttpRequest
from urllib.request import urlopen
from uuid import uuid4

import pytest

from .direct_runs import Cli, kill
from .homes import Home
from .mock_api import MockApi, encode_command, huge_answer
from .real_clis import CLIS

HTTP_SECONDS = 10

EXITS = [(name, word, status) for name, cli in CLIS.items() for word, status in cli.direct.exits.items()]
COUNTING = [name for name, cli in CLIS.items() if cli.direct.counts]
FOLLOWING = [name for name, cli in CLIS.items() if cli.direct.schema_field]

SCHEMA = '{"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}'


@pytest.fixture
def make_cli(cli_path: Callable[[str], str], home: Callable[..., Home]) -> Callable[[str], Cli]:
    """Makes a CLI in a fresh home."""
    return lambda name: Cli(cli_path(name), CLIS[name].direct, home(name))


@pytest.fixture(params=CLIS)
def cli(request: pytest.FixtureRequest, make_cli: Callable[[str], Cli]) -> Cli:
    """Each of the CLIs in turn."""
    return make_cli(request.param)


def post_message(mock: MockApi, prompt: str) -> tuple[int, Any]:
    """Ask for an Anthropic message, without streaming. Return the status and the document."""
    body = {"model": "mock", "messages": [{"role": "user", "content": prompt}]}
    request = HttpRequest(f"{mock.url}/v1/messages", json.dumps(body).encode())
    try:
        with urlopen(request, timeout=HTTP_SECONDS) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_cli_answers_pong_through_the_mock(cli: Cli):
    assert cli.answer("Hello!") == "pong"


def test_exact_answer_is_repeated(cli: Cli):
    assert cli.answer("Please reply with exactly: two words") == "two words"


def test_resumed_session_brings_its_history(cli: Cli):
    session = cli.direct.session(cli.ask("Hello!").stdout)
    assert cli.continued(session, "MOCK:history") == "turns=2"


def test_new_session_has_no_history(cli: Cli):
    assert cli.answer("MOCK:history") == "turns=1"


@pytest.mark.parametrize(("name", "word", "status"), EXITS)
def test_ending_gives_the_exit_status_of_the_cli(
    name: str, word: str, status: int, make_cli: Callable[[str], Cli]
):
    assert make_cli(name).ask(word).exit == status


@pytest.mark.parametrize(
    "name", [name for name, word, status in EXITS if word == "MOCK:empty" and not status]
)
def test_empty_answer_has_no_text(name: str, make_cli: Callable[[str], Cli]):
    assert make_cli(name).answer("MOCK:empty").strip() == ""


def test_shell_tool_runs_the_command(cli: Cli):
    cli.ask(encode_command("echo ran > made.txt"), *cli.direct.shell_allowed)
    assert (cli.home.work / "made.txt").read_text() == "ran\n"


def test_answer_follows_the_shell_tool(cli: Cli):
    assert cli.answer("MOCK:tool", *cli.direct.shell_allowed) == "pong"


def test_thought_precedes_the_answer(cli: Cli):
    assert cli.answer("MOCK:think") == "pong"


def test_slow_answer_ticks_before_it_is_there(cli: Cli):
    assert cli.answer("MOCK:slow=0.3") == "tick0 tick1 tick2 pong"


def test_huge_answer_arrives_whole(cli: Cli):
    assert cli.answer("MOCK:huge=0.5").strip() == huge_answer(0.5).strip()


def test_hanging_request_is_recorded_while_the_cli_waits(cli: Cli, mock: MockApi):
    mention = uuid4().hex
    process = cli.start(f"MOCK:hang {mention}", *cli.direct.new)
    try:
        mock.wait_for_request(mention)
        assert process.poll() is None
    finally:
        kill(process)


@pytest.mark.parametrize("name", COUNTING)
def test_chosen_token_counts_reach_the_output(name: str, make_cli: Callable[[str], Cli]):
    assert "22000" in make_cli(name).ask("MOCK:usage=11,22000,33,44,5").stdout


@pytest.mark.parametrize("name", FOLLOWING)
def test_schema_gets_an_example(name: str, make_cli: Callable[[str], Cli]):
    run = make_cli(name).ask("Hello!", "--json-schema", SCHEMA)
    assert json.loads(run.stdout)[CLIS[name].direct.schema_field] == {"word": "pong"}


def test_error_stops_after_its_times(mock: MockApi):
    prompt = f"MOCK:error=500 MOCK:times=1 {uuid4().hex}"
    assert [post_message(mock, prompt)[0] for _ in range(3)] == [500, 200, 200]


def test_counts_are_known_where_none_are_chosen(mock: MockApi):
    assert post_message(mock, "MOCK:usage")[1]["usage"] == {
        "input_tokens": 100,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 20,
        "output_tokens": 10,
    }


def test_record_holds_the_body_of_a_request(mock: MockApi):
    prompt = f"Hello! {uuid4().hex}"
    post_message(mock, prompt)
    assert [request.body["messages"] for request in mock.requests(prompt)] == [
        [{"role": "user", "content": prompt}]
    ]


def test_log_has_a_line_for_each_request(mock: MockApi):
    post_message(mock, "Hello!")
    logged = [json.loads(line) for line in mock.log.read_text().splitlines()]
    assert logged == [request._asdict() for request in mock.requests()]
