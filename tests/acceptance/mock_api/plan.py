"""From what a request says to what the mock answers."""

import json
from collections.abc import Callable
from typing import Any

from .conversation import Conversation
from .reply import Ending, Reply, ToolCall, Usage
from .schema import example
from .words import decode_command, exact_answer, huge_answer, number, words

SHELL_TOOLS: dict[str, Callable[[str], dict[str, Any]]] = {
    "Bash": lambda command: {"command": command, "description": "Runs the test's command"},
    "exec_command": lambda command: {"cmd": command},
    "run_shell_command": lambda command: {"command": command},
    "run_terminal_command": lambda command: {"command": command, "description": "Runs the test's command"},
    "bash": lambda command: {"command": command},
}
"""The CLIs' tools for shell commands, and what each takes."""

SCRIPT_TOOL = "exec"
"""Some models are handed only a tool for JavaScript, in which the other tools can be called."""

SCHEMA_TOOL = "StructuredOutput"
"""The tool by which a CLI wants an answer that follows a JSON schema."""

SIDE_ANSWER = Reply(text="Mock title")


def answer(conversation: Conversation) -> Reply:
    """What the model answers."""
    if conversation.side:
        return SIDE_ANSWER
    chosen = words(conversation.prompt)
    reply = Reply(
        text=_text(conversation, chosen),
        thought="Thinking about pong." if "think" in chosen else "",
        ending=_ending(chosen),
        usage=_usage(chosen.get("usage", "")),
        seconds=number(chosen["slow"], 1) if "slow" in chosen else 0.0,
    )
    call = _call(conversation, chosen)
    return reply._replace(call=call, text="", seconds=0.0) if call else reply


def _text(conversation: Conversation, chosen: dict[str, str]) -> str:
    if "empty" in chosen:
        return ""
    if "refuse" in chosen or "safety" in chosen:
        return "I can't help with that."
    if conversation.schema:
        return json.dumps(example(conversation.schema))
    if "history" in chosen:
        return f"turns={len(conversation.turns)}"
    if "huge" in chosen:
        return huge_answer(number(chosen["huge"], 1))
    return exact_answer(conversation.prompt) or "pong"


def _ending(chosen: dict[str, str]) -> Ending:
    if "refuse" in chosen or "safety" in chosen:
        return Ending.REFUSAL
    return Ending.LENGTH if "length" in chosen else Ending.DONE


def _usage(counts: str) -> Usage:
    return Usage(*map(int, counts.split(","))) if counts else Usage()


def _call(conversation: Conversation, chosen: dict[str, str]) -> ToolCall | None:
    """The next tool call: once the shell where the prompt wants it, then the tool for a schema."""
    if "tool" in chosen and not conversation.rounds:
        return _shell_call(conversation.tools, decode_command(chosen.get("cmd", "")))
    if (
        SCHEMA_TOOL in conversation.tools
        and conversation.schema
        and conversation.rounds == ("tool" in chosen)
    ):
        return ToolCall(SCHEMA_TOOL, example(conversation.schema))
    return None


def _shell_call(offered: frozenset[str], command: str) -> ToolCall | None:
    for name, arguments in SHELL_TOOLS.items():
        if name in offered:
            return ToolCall(name, arguments(command))
    if SCRIPT_TOOL not in offered:
        return None
    quoted = json.dumps(command)
    return ToolCall(SCRIPT_TOOL, {}, source=f"text((await tools.exec_command({{cmd: {quoted}}})).output);")
