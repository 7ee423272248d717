"""The CLI behind the `echo` provider. It answers with the prompt, or does what words in the prompt tell it."""

import sys

VERSION = "echo 1.4.0"
STATUSES = {"401": "401 Unauthorized", "404": "404 No such model", "429": "429 Too many requests"}
SWITCHES = ("--continue", "--fork", "--loud")
FLAGS = ("--permission", "--model", "--effort", "--allow", "--topics", "--settings", "--add-dir",
         "--title", "--mcp-config", "--report", "--session-id", "--resume")  # fmt: skip
SAYS = {"--version": VERSION, "--help": "\n".join(("echo: answers", *SWITCHES, *FLAGS))}
if __name__ == "__main__" and sys.argv[-1] in SAYS:  # most starts ask no more: they skip the imports
    sys.exit(print(SAYS[sys.argv[-1]]))  # noqa: T201 - a command-line tool

import json
import os
import re
import signal
import time


def emit(**event: object) -> None:
    print(json.dumps(event), flush=True)  # noqa: T201


def fail(code: str, message: str) -> None:
    emit(type="error", code=code, message=message)
    sys.exit(f"echo: {message}")


def arguments(words: list[str]) -> dict[str, str]:
    asked, rest = {}, iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag not in (*FLAGS, *SWITCHES):
            sys.exit(f"echo: unrecognized arguments: {word}")
        asked[flag] = value if equals or flag in SWITCHES else next(rest, "")
    return asked


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def session(asked: dict[str, str]) -> tuple[str, dict[str, int]]:
    """The file of the session this run belongs to, and what it holds: turns and tokens so far."""
    os.makedirs(home := os.environ.get("ECHO_HOME") or os.path.expanduser("~/.echo"), exist_ok=True)
    known, so_far = asked.get("--resume"), {"turns": 0, "in": 0, "out": 0}
    if "--continue" in asked and os.path.exists(f"{home}/latest"):
        with open(f"{home}/latest", encoding="utf-8") as latest:
            known = latest.read()
    if known and not os.path.exists(f"{home}/{known}.json"):
        fail("session", f"No session {known}")
    if known:
        with open(f"{home}/{known}.json", encoding="utf-8") as held:
            so_far = json.load(held)
    new = asked.get("--session-id", os.urandom(16).hex())
    return f"{home}/{known if known and '--fork' not in asked else new}.json", so_far


def misbehave(words: dict[str, str]) -> None:
    """Everything that a CLI may do before it answers, or instead."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN if "ignore-term" in words else signal.SIG_DFL)
    if "grandchild" in words and os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
        os._exit(0)
    if "tool" in words:
        emit(type="tool", name=words["tool"])
    time.sleep(float(words.get("sleep") or 0))
    open(words.get("until", os.devnull), "rb").close()  # a named pipe, which somebody opens when it is time
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


def main(asked: dict[str, str], prompt: str) -> None:
    words = dict(re.findall(r"ECHO:([a-z-]+)(?:=(\S*))?", prompt))
    file, so_far = session(asked)
    name, model = os.path.basename(file).removesuffix(".json"), asked.get("--model", "echo-1")
    emit(type="start", session=name, model=model)
    if model == "none":
        fail("404", STATUSES["404"])
    write(file, json.dumps(so_far))
    write(f"{os.path.dirname(file)}/latest", name)
    misbehave(words)
    answers = {
        "say": prompt.partition("ECHO:say=")[2],
        "empty": "",
        "turns": str(so_far["turns"] + 1),
        "env": json.dumps(dict(os.environ)),
        "cwd": os.getcwd(),
        "argv": json.dumps(sys.argv[1:]),
    }
    text = next((answers[word] for word in words if word in answers), prompt)
    tokens = {"turns": 1, "in": len(prompt.split()), "out": len(text.split())}
    total = {name: so_far[name] + number for name, number in tokens.items()}
    write(file, json.dumps(total))
    for half in (text[: len(text) // 2], text[len(text) // 2 :]):
        emit(type="delta", text=half)
    emit(type="message", text=text)
    scope, told = ("session", total) if "running-total" in words else ("request", tokens)
    emit(type="usage", scope=scope, tokens=told)
    write(asked.get("--report", os.devnull), json.dumps({"cached": 0, "scope": scope}))
    emit(type="end", stop="done")
    sys.exit(int(words.get("exit") or 0))


if __name__ == "__main__":
    main(arguments(sys.argv[1:]), sys.stdin.buffer.read().decode())
