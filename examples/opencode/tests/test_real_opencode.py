"""The real opencode against a mock of an API. Run with ``-m acceptance``; skipped where it is not installed."""

import json
import os
from typing import Any

import pytest

pytestmark = pytest.mark.acceptance

CONFIG = """{
  "autoupdate": false, "share": "disabled", "model": "mock/mock-1", "small_model": "mock/mock-1",
  "provider": {"mock": {
    "npm": "@ai-sdk/openai-compatible", "name": "Mock",
    "options": {"baseURL": "$url/v1", "apiKey": "{env:MOCK_KEY}"},
    "models": {"mock-1": {
      "name": "Mock 1", "cost": {"input": 1, "output": 2, "cache_read": 0.1},
      "limit": {"context": 1000000, "output": 8000}
    }}
  }}
}"""
OFFLINE: Any = (
    {"MOCK_KEY": "sk-mock", "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"},
    {".config/opencode/opencode.json": CONFIG},
)
TOUCH = "MOCK:tool MOCK:cmd=dG91Y2ggbWFkZQ=="
"""Lets the model call the shell tool with ``touch made``."""


@pytest.fixture
def opencode(real_cli: Any) -> Any:
    return real_cli("opencode", OFFLINE)


def test_its_help_lists_every_flag(opencode: Any) -> None:
    assert opencode.unlisted() == set()


async def test_a_session_is_begun_continued_and_forked(opencode: Any) -> None:
    first = await opencode.ask("reply with exactly: Grüße ✓")
    again = await opencode.ask("MOCK:history", sessionId=first.job.session_id)
    latest = await opencode.ask("MOCK:history", resumeLatest=True)
    forked = await opencode.ask("MOCK:history", sessionId=first.job.session_id, forkSession=True)
    replies = (first, again, latest, forked)

    assert [(reply.outcome.ending, reply.text) for reply in replies] == [
        ("ok", "Grüße ✓"),
        ("ok", "turns=2"),
        ("ok", "turns=3"),
        ("ok", "turns=4"),
    ]
    assert len({reply.job.session_id for reply in replies[:3]}) == 1
    assert forked.job.session_id != first.job.session_id
    flight = first.flight
    assert (flight.input_tokens, flight.output_tokens, flight.cost_usd) == (1120, 10, pytest.approx(0.00024))


@pytest.mark.parametrize(
    ("prompt", "arguments", "ending"),
    [
        ("MOCK:error=401", {}, "auth_required"),
        ("MOCK:error=400", {}, "input_invalid"),
        ("MOCK:empty", {}, "empty"),
        ("MOCK:length", {}, "truncated"),
        ("MOCK:refuse", {}, "refused"),
        ("hello", {"model": "mock/none"}, "model_unknown"),
        ("hello", {"sessionId": "ses_doesnotexist0000000000"}, "session_unknown"),
    ],
)
async def test_each_ending_is_told(
    opencode: Any, prompt: str, arguments: dict[str, Any], ending: str
) -> None:
    reply = await opencode.ask(prompt, **arguments)
    assert reply.outcome.ending == ending


@pytest.mark.parametrize(
    ("mode", "ending", "made"),
    [
        ("plan", "ok", False),
        ("default", "permission_denied", False),
        ("edit", "permission_denied", False),
        ("auto", "ok", True),
    ],
)
async def test_a_command_is_run_in_the_widest_mode_only_whatever_the_project_says(
    opencode: Any, mode: str, ending: str, made: bool
) -> None:
    allowed = {"bash": "allow", "edit": "allow"}
    agents = {name: {"permission": allowed} for name in ("build", "plan")}
    (opencode.work / "opencode.json").write_text(json.dumps({"permission": allowed, "agent": agents}))
    plugin = opencode.work / ".opencode" / "plugin" / "x.js"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(
        'import fs from "fs"\nexport const X = async () => { fs.writeFileSync("ran", "1"); return {} }\n'
    )
    reply = await opencode.ask(TOUCH, permissionMode=mode)
    told = reply.outcome.ending, os.path.exists(opencode.work / "made"), os.path.exists(opencode.work / "ran")
    assert told == (ending, made, made)
