"""Runs of the real CLIs with their own arguments, without the gateway."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

from .homes import Home
from .real_clis import Direct

RUN_SECONDS = 90


class Run(NamedTuple):
    """How a run ended and what it printed."""

    exit: int
    stdout: str
    stderr: str


class Cli(NamedTuple):
    """A real CLI in a home of its own."""

    path: str
    direct: Direct
    home: Home

    def start(self, prompt: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start it with the prompt on standard input, as the head of a process group.

        Its output goes to files: some exit before a pipe has taken all of it.
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
