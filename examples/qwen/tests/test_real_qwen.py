"""The real Qwen Code against a mock of its API. Run with ``-m acceptance``; skipped where it is not installed."""

import json
import os
from typing import Any

import pytest

pytestmark = pytest.mark.acceptance

OFFLINE: Any = (
    {"OPENAI_API_KEY": "sk-mock", "OPENAI_BASE_URL": "$url/v1", "OPENAI_MODEL": "mock-1"},
    {},
)
TOUCH = "MOCK:tool MOCK:cmd=dG91Y2ggbWFkZQ=="
"""Lets the model call the shell tool with ``touch made``."""


@pytest.fixture
def qwen(real_cli: Any) -> Any:
    return real_cli("qwen", OFFLINE)


def test_its_help_lists_every_flag(qwen: Any) -> None:
    assert qwen.unlisted() == set()


async def test_a_session_is_begun_and_continued_and_each_run_is_told_its_own_tokens(qwen: Any) -> None:
    first = await qwen.ask("reply with exactly: Grüße ✓")
    again = await qwen.ask("MOCK:history", sessionId=first.job.session_id)
    latest = await qwen.ask("MOCK:history", resumeLatest=True)
    replies = (first, again, latest)

    assert [reply.outcome.ending for reply in replies] == ["ok"] * 3
    # It sends a turn of its own ahead of the first.
    assert [reply.text for reply in replies] == ["Grüße ✓", "turns=3", "turns=4"]
    assert {reply.job.session_id for reply in replies} == {first.job.session_id}
    assert [reply.flight.input_tokens for reply in replies] == [2240] * 3


@pytest.mark.parametrize(
    ("prompt", "ending"),
    [
        ("MOCK:error=401", "auth_required"),
        ("MOCK:error=400", "input_invalid"),
        ("MOCK:error=404", "model_unknown"),
        ("MOCK:empty", "empty"),
        ("reply with exactly: [API Error: 401 status code (no body)]", "ok"),
    ],
)
async def test_each_ending_is_told_although_the_status_is_nought(qwen: Any, prompt: str, ending: str) -> None:
    reply = await qwen.ask(prompt)
    assert (reply.outcome.ending, reply.job.returncode) == (ending, 0)


@pytest.mark.parametrize(("mode", "made"), [("plan", False), ("default", False), ("yolo", True)])
async def test_a_command_is_run_in_the_widest_mode_only(qwen: Any, mode: str, made: bool) -> None:
    reply = await qwen.ask(TOUCH, approvalMode=mode)
    assert (reply.outcome.ending, os.path.exists(qwen.work / "made")) == ("ok", made)


async def test_a_project_runs_nothing_where_the_run_only_reads(qwen: Any) -> None:
    run = {"type": "command", "command": "echo hook >> ran"}
    hooks = {event: [{"hooks": [run]}] for event in ("SessionStart", "UserPromptSubmit", "Stop")}
    server = {"command": "/bin/sh", "args": ["-c", "echo server >> ran"]}
    settings = {
        "tools": {"approvalMode": "yolo", "discoveryCommand": "sh -c 'echo tools >> ran; echo []'"},
        "permissions": {"allow": ["run_shell_command"]},
        "mcpServers": {"evil": server},
        "hooks": hooks,
    }
    (qwen.work / ".qwen").mkdir()
    (qwen.work / ".qwen" / "settings.json").write_text(json.dumps(settings))
    reply = await qwen.ask(TOUCH, approvalMode="plan")
    assert (reply.outcome.ending, sorted(path.name for path in qwen.work.iterdir())) == ("ok", [".qwen"])


async def test_a_session_that_is_unknown_is_told_as_such(qwen: Any) -> None:
    reply = await qwen.ask("hello", sessionId="11111111-2222-4333-8444-555555555555")
    assert reply.outcome.ending == "session_unknown"


async def test_a_large_prompt_arrives_whole(qwen: Any, mock: Any) -> None:
    reply = await qwen.ask("x" * 2_000_000 + " zq7end")
    assert reply.outcome.ending == "ok"
    assert mock.requests("x" * 2_000_000 + " zq7end")
