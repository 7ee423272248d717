"""Runs of the real CLIs with their own arguments, without the gateway."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .homes import Home

RUN_SECONDS = 90


class Run(NamedTuple):
    """How a run ended and what it printed."""

    exit: int
    stdout: str
    stderr: str


class Direct(NamedTuple):
    """How one CLI is run with its prompt on standard input, and how its output reads."""

    new: tuple[str, ...]
    resume: tuple[str, ...]
    """`SESSION` stands for the id of the session."""
    shell_allowed: tuple[str, ...]
    """What lets the model's shell commands run; it goes to the end of `new`, in front of `prompt`."""
    prompt: tuple[str, ...]
    """What says that the prompt is on standard input."""
    answer: Callable[[str], str]
    session: Callable[[str], str]
    leftover: str = ""
    """A lock below HOME that the CLI may leave behind, for which its next run waits 13 to 52 s."""


def _codex_answer(stdout: str) -> str:
    items = [event["item"] for event in _lines(stdout) if event["type"] == "item.completed"]
    return "".join(item["text"] for item in items if item["type"] == "agent_message")


def _codex_session(stdout: str) -> str:
    return next(event["thread_id"] for event in _lines(stdout) if event["type"] == "thread.started")


def _vibe_answer(stdout: str) -> str:
    entries = [entry for entry in json.loads(stdout) if entry["type"] == "message"]
    last = entries[-1]
    return "".join(part["text"] for part in last["content"]) if last["role"] == "assistant" else ""


def _lines(stdout: str) -> list[Any]:
    return [json.loads(line) for line in stdout.splitlines()]


DIRECT = {
    "claude": Direct(
        new=("-p", "--output-format", "json"),
        resume=("-p", "--output-format", "json", "--resume", "SESSION"),
        shell_allowed=("--permission-mode", "bypassPermissions"),
        prompt=(),
        answer=lambda stdout: json.loads(stdout)["result"],
        session=lambda stdout: json.loads(stdout)["session_id"],
    ),
    "codex": Direct(
        new=("exec", "--json", "--skip-git-repo-check"),
        resume=("exec", "--json", "--skip-git-repo-check", "resume", "SESSION"),
        shell_allowed=("--dangerously-bypass-approvals-and-sandbox",),
        prompt=("-",),
        answer=_codex_answer,
        session=_codex_session,
    ),
    "gemini": Direct(
        new=("-m", "gemini-2.5-flash", "-o", "json"),
        resume=("-m", "gemini-2.5-flash", "-o", "json", "--resume", "SESSION"),
        shell_allowed=("--approval-mode", "yolo"),
        prompt=(),
        answer=lambda stdout: json.loads(stdout)["response"],
        session=lambda stdout: json.loads(stdout)["session_id"],
        # 0.61.0 exits without waiting until it has let go of its list of projects.
        leftover=".gemini/projects.json.lock",
    ),
    "grok": Direct(
        new=("--output-format", "json"),
        resume=("--output-format", "json", "--resume", "SESSION"),
        shell_allowed=("--always-approve",),
        prompt=("--prompt-file", "/dev/stdin"),
        answer=lambda stdout: json.loads(stdout)["text"],
        session=lambda stdout: json.loads(stdout)["sessionId"],
    ),
    "vibe": Direct(
        new=("--output", "json"),
        resume=("--output", "json", "--resume", "SESSION"),
        shell_allowed=("--yolo",),
        prompt=("-p",),
        answer=_vibe_answer,
        session=lambda stdout: json.loads(stdout)[0]["sessionId"],
    ),
}


class Cli(NamedTuple):
    """A real CLI in a home of its own."""

    path: str
    direct: Direct
    home: Home

    def start(self, prompt: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it with the prompt on standard input, as the head of a process group.

        Its output goes to files: gemini 0.61.0 and claude 2.1.197 exit before a pipe has taken all of it.
        """
        stdin_file, stdout_file, stderr_file = self._streams()
        stdin_file.write_text(prompt)
        with stdin_file.open() as stdin, stdout_file.open("w") as stdout, stderr_file.open("w") as stderr:
            return subprocess.Popen(
                [self.path, *arguments, *self.direct.prompt],
                cwd=self.home.work,
                env=self.home.environment,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def run(self, prompt: str, *arguments: str) -> Run:
        """Run it to its end, or kill it where it does not end."""
        process = self.start(prompt, *arguments)
        try:
            process.wait(RUN_SECONDS)
        except subprocess.TimeoutExpired:
            kill(process)
            raise
        _, stdout_file, stderr_file = self._streams()
        return Run(process.returncode, stdout_file.read_text(), stderr_file.read_text())

    def _streams(self) -> tuple[Path, Path, Path]:
        folder = self.home.folder
        return folder / "stdin", folder / "stdout", folder / "stderr"

    def ask(self, prompt: str, *arguments: str) -> Run:
        """Run it with a new session."""
        return self.run(prompt, *self.direct.new, *arguments)

    def answer(self, prompt: str, *arguments: str) -> str:
        """The answer in a new session."""
        return self.direct.answer(self.ask(prompt, *arguments).stdout)

    def continued(self, session: str, prompt: str) -> str:
        """The answer in a session that is there."""
        if self.direct.leftover:
            shutil.rmtree(self.home.folder / self.direct.leftover, ignore_errors=True)
        arguments = [session if word == "SESSION" else word for word in self.direct.resume]
        return self.direct.answer(self.run(prompt, *arguments).stdout)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group and collect the process."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(RUN_SECONDS)
