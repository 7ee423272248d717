import json
import sys

import pytest

from gateway import hookimpl


def test_the_answer_alone_is_on_stdout(invoke) -> None:
    result = invoke("ask", "echo", "hello")
    assert (result.stdout, result.stderr, result.exit_code) == ("hello\n", "", 0)


@pytest.mark.parametrize("words", [["ask", "echo"], ["ask", "echo", "-"]])
def test_a_prompt_may_come_on_stdin(invoke, words: list[str]) -> None:
    assert invoke(*words, stdin="Grüße\nfrom stdin\n").stdout == "Grüße\nfrom stdin\n"


def test_a_prompt_that_looks_like_an_option_stays_a_prompt(invoke) -> None:
    assert invoke("ask", "echo", "--", "--json").stdout == "--json\n"


def test_a_prompt_may_come_in_parts(invoke) -> None:
    result = invoke("ask", "echo", "--prompt-parts", '{"system": "be brief", "task": "go"}')
    assert result.stdout == "be brief\n\ngo\n"


@pytest.mark.parametrize(("given", "said"), [("", "is empty"), (b"\xff\xfe", "is not UTF-8")])
def test_a_prompt_on_stdin_that_is_none_is_refused(invoke, given: str | bytes, said: str) -> None:
    result = invoke("ask", "echo", stdin=given)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_options_reach_the_cli(invoke) -> None:
    result = invoke(
        "ask", "echo", "ECHO:argv", "--loud", "--effort", "high", "--allowed-tools", "a", "--allowed-tools", "b",
        "--settings", '{"k":"v"}',
    )  # fmt: skip
    given = [word for word in json.loads(result.stdout) if not word.startswith(("--session-id", "--report"))]
    assert given == ["--effort", "high", "--allow", "a", "--allow", "b", '--settings={"k":"v"}', "--loud"]


def test_json_tells_everything_in_one_object(invoke) -> None:
    told = json.loads(invoke("ask", "echo", "hello there", "--json").stdout)
    facts = {
        name: told[name] for name in ("schema_version", "ending", "text", "provider", "model", "warnings")
    }
    assert (facts, sorted(told)) == (
        {
            "schema_version": 1,
            "ending": "ok",
            "text": "hello there",
            "provider": "echo",
            "model": "echo-1",
            "warnings": [],
        },
        [
            "cliVersion", "correlationId", "cost", "durationMs", "ending", "error", "jobId", "mcpServers", "model",
            "provider", "remedy", "rest", "schema_version", "sessionId", "stopReason", "text", "truncated", "usage",
            "warnings", "workingDir",
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "code"), [("ECHO:error=401", 4), ("ECHO:error=429", 5), ("ECHO:empty", 7), ("ECHO:exit=9", 1)]
)
def test_the_exit_code_tells_the_ending(invoke, prompt: str, code: int) -> None:
    result = invoke("ask", "echo", prompt)
    assert (result.exit_code, result.stdout) == (code, "")


def test_a_failure_is_told_with_its_remedy(invoke) -> None:
    assert invoke("ask", "echo", "ECHO:error=401").stderr == (
        "Error: 401 Unauthorized\n"
        "The CLI is not logged in, or its key was refused. Log in with the CLI's own login command. "
        "Echo needs no login; ECHO_KEY stands for one.\n"
    )


def test_a_failure_is_told_in_json_too(invoke) -> None:
    told = json.loads(invoke("ask", "echo", "ECHO:error=429", "--json").stdout)
    assert (told["ending"], told["error"]) == ("quota_exhausted", "429 Too many requests")


def test_a_run_that_takes_too_long_is_stopped(invoke) -> None:
    result = invoke("ask", "echo", "ECHO:sleep=60", "--timeout-ms", "1000")
    assert (result.exit_code, "wall-clock limit" in result.stderr) == (3, True)


def test_a_long_answer_is_printed_whole(invoke) -> None:
    prompt = "".join(f"{number:09d} é\n" for number in range(40_000))
    assert invoke("ask", "echo", stdin=prompt).stdout == prompt


LONG = "".join(f"{number:09d} é\n" for number in range(40_000))


def test_lines_of_a_long_run_are_printed_whole(invoke) -> None:
    result = invoke("ask", "echo", "--output-format", "stream-json", stdin=LONG)
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in told if line["type"] == "message"] == [LONG]


def test_a_document_tells_where_its_answer_is_cut(invoke) -> None:
    told = json.loads(invoke("ask", "echo", "--json", "--output-format", "json", stdin=LONG).stdout)
    answer, rest = json.loads(told["text"])["result"], told["rest"]
    page = json.loads(
        invoke(
            "jobs", "result", told["jobId"], "--cursor", rest["cursor"], "--max-chars", "9", "--json"
        ).stdout
    )
    assert (told["truncated"], rest["raw"], LONG.startswith(answer + page["text"])) == (True, False, True)


def test_a_cut_document_says_how_to_see_the_rest(invoke) -> None:
    said = invoke("ask", "echo", "--output-format", "json", stdin=LONG).stderr
    assert said.startswith("Warning: The text is cut. See `gateway jobs result ")


def test_a_session_is_continued(invoke) -> None:
    first = json.loads(invoke("ask", "echo", "ECHO:turns", "--json").stdout)
    assert invoke("ask", "echo", "ECHO:turns", "--session-id", first["sessionId"]).stdout == "2\n"


def test_warnings_are_told_on_stderr(invoke) -> None:
    first = json.loads(invoke("ask", "echo", "x", "--json").stdout)
    words = ("ask", "echo", "y", "--session-id", first["sessionId"], "--title", "t")
    said = "Warning: title was not passed on: the CLI takes --title for new sessions only.\n"
    assert [invoke(*words).stderr, invoke(*words, "--quiet").stderr] == [said, ""]


@pytest.mark.parametrize(
    "words", [["nobody", "hi"], ["echo", "hi", "--effort", "none"], ["echo", "hi", "--what"]]
)
def test_a_mistake_on_the_line_exits_with_2(invoke, words: list[str]) -> None:
    assert invoke("ask", *words).exit_code == 2


@pytest.mark.parametrize(
    "words", [["nobody", "hi"], ["echo", "hi", "--effort", "none"], ["echo", "hi", "--what"]]
)
def test_a_mistake_on_the_line_is_told_in_json_too(invoke, words: list[str]) -> None:
    assert json.loads(invoke("ask", *words, "--json").stdout)["ending"] == "input_invalid"


def test_the_help_lists_every_provider(invoke) -> None:
    assert "Ask Echo, which answers with the prompt." in invoke("ask", "--help").stdout


def test_a_broken_plugin_is_told_and_the_others_answer(invoke, environ: dict[str, str]) -> None:
    environ["GATEWAY_PLUGINS"] += ",no.such.plugin"
    result = invoke("ask", "echo", "hi")
    assert (result.stdout, "No module named 'no'" in result.stderr) == ("hi\n", True)


class Tracer:
    """A plugin, in the place of a module, that hands a trace to the CLI."""

    @hookimpl
    def gateway_environ(self, trace) -> dict[str, str]:
        return {f"ECHO_{name.upper()}": value for name, value in trace.items()}


def test_the_trace_that_the_shell_is_part_of_is_the_requests(invoke, environ, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "tracer", Tracer())
    parent = f"00-{'4' * 32}-{'2' * 16}-01"
    environ |= {"GATEWAY_PLUGINS": "gateway.testing.echo,tracer", "TRACEPARENT": parent, "TRACESTATE": "a=1"}
    seen = json.loads(invoke("ask", "echo", "ECHO:env").stdout)
    assert (seen["ECHO_TRACEPARENT"], seen["ECHO_TRACESTATE"]) == (parent, "a=1")
