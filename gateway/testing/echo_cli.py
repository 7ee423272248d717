"""The CLI behind the `echo` provider. It answers with the prompt, or does what words in the prompt tell it."""

import argparse
import json
import os
import pathlib
import re
import signal
import sys
import time
import uuid

VERSION = "echo 1.4.0"
STATUSES = {"401": "401 Unauthorized", "404": "404 No such model", "429": "429 Too many requests"}
SWITCHES = ("--continue", "--fork", "--loud")
FLAGS = (
    "--permission", "--model", "--effort", "--allow", "--topics", "--settings", "--add-dir", "--title",
    "--mcp-config", "--report", "--session-id", "--resume",
)  # fmt: skip


def emit(**event: object) -> None:
    print(json.dumps(event), flush=True)  # noqa: T201 - a command-line tool


def fail(code: str, message: str) -> None:
    emit(type="error", code=code, message=message)
    sys.exit(f"echo: {message}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("echo", allow_abbrev=False, description="Answers with its prompt.")
    parser.add_argument("--version", action="version", version=VERSION)
    for switch in SWITCHES:
        parser.add_argument(switch, action="store_true")
    for flag in FLAGS:
        parser.add_argument(flag, action="append")
    return parser.parse_args()


def session(asked: argparse.Namespace) -> tuple[pathlib.Path, dict[str, int]]:
    """The file of the session this run belongs to, and what it holds: turns and tokens so far."""
    home = pathlib.Path(os.environ.get("ECHO_HOME") or pathlib.Path.home() / ".echo")
    home.mkdir(parents=True, exist_ok=True)
    newest = latest.read_text() if getattr(asked, "continue") and (latest := home / "latest").exists() else ""
    known = asked.resume[-1] if asked.resume else newest
    if known and not (home / f"{known}.json").exists():
        fail("session", f"No session {known}")
    so_far = json.loads((home / f"{known}.json").read_text()) if known else {"turns": 0, "in": 0, "out": 0}
    chosen = asked.session_id[-1] if asked.session_id else str(uuid.uuid4())
    return home / f"{known if known and not asked.fork else chosen}.json", so_far


def misbehave(words: dict[str, str]) -> None:
    """Everything that a CLI may do before it answers, or instead."""
    if "ignore-term" in words:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "grandchild" in words and os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
        os._exit(0)
    if "tool" in words:
        emit(type="tool", name=words["tool"])
    time.sleep(float(words.get("sleep") or 0))
    for _ in range(int(words.get("drip") or 0)):
        emit(type="delta", text=".")
        time.sleep(0.05)
    if "half" in words:
        os.write(1, b'{"type": "message", "te')
        os.kill(os.getpid(), signal.SIGKILL)
    for _ in range(int(words.get("flood") or 0) * 2**20 // 200):
        sys.stdout.write(f'{{"type": "delta", "text": "{"~" * 170}"}}\n')
    if length := int(words.get("line") or 0):
        emit(type="delta", text="~" * length * 2**20)
    if code := words.get("error"):
        fail(code, STATUSES.get(code, f"{code} Failed"))


def answer(prompt: str, words: dict[str, str], turns: int) -> str:
    answers = {
        "say": prompt.partition("ECHO:say=")[2],
        "empty": "",
        "turns": str(turns),
        "env": json.dumps(dict(os.environ)),
        "cwd": os.getcwd(),
        "argv": json.dumps(sys.argv[1:]),
    }
    return next((answers[word] for word in words if word in answers), prompt)


def main() -> None:
    asked = arguments()
    prompt = sys.stdin.buffer.read().decode()
    words = dict(re.findall(r"ECHO:([a-z-]+)(?:=(\S*))?", prompt))
    file, so_far = session(asked)
    model = asked.model[-1] if asked.model else "echo-1"
    emit(type="start", session=file.stem, model=model)
    if model == "none":
        fail("404", STATUSES["404"])
    file.write_text(json.dumps(so_far))
    file.with_name("latest").write_text(file.stem)
    misbehave(words)
    text = answer(prompt, words, so_far["turns"] + 1)
    tokens = {"turns": 1, "in": len(prompt.split()), "out": len(text.split())}
    total = {name: so_far[name] + number for name, number in tokens.items()}
    file.write_text(json.dumps(total))
    for half in (text[: len(text) // 2], text[len(text) // 2 :]):
        emit(type="delta", text=half)
    emit(type="message", text=text)
    scope, told = ("session", total) if "running-total" in words else ("request", tokens)
    emit(type="usage", scope=scope, tokens=told)
    if asked.report:
        pathlib.Path(asked.report[-1]).write_text(json.dumps({"cached": 0, "scope": scope}))
    emit(type="end", stop="done")
    sys.exit(int(words.get("exit") or 0))


if __name__ == "__main__":
    main()
