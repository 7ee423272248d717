"""Requests that wait for their answer."""

import time

import bare
import system
from bench import Bench, Figures, scenario
from gateways import STAMP, checked, split_ms
from spread import told


@scenario()
def sync(bench: Bench) -> Figures:
    """one request after the other, a CLI of 1 ms: milliseconds beyond running the CLI bare"""
    with bench.open() as opened:
        alone = bare.spawn_ms(opened.home.cli, opened.home.environ())
        before, times = system.cpu(opened.pid), bench.times(150)
        answers = [opened.ask("") for _ in range(times)]
        used = (system.cpu(opened.pid) - before) / times * 1000
        splits = [split_ms(answer) for answer in answers]
        return (
            told("beyond", [answer.ms - alone for answer in answers])
            | told("until_cli", [into for into, _ in splits])
            | told("after_cli", [out for _, out in splits])
            | {"cpu_ms": round(used, 2)}
            | opened.gaps()
        )


@scenario()
def sync_200(bench: Bench) -> Figures:
    """200 requests at once, a CLI of 1 ms: until all are answered"""
    with bench.open() as opened:
        begun = time.monotonic()
        for answer in opened.peer.calls((opened.request("") for _ in range(200)), at_once=200):
            checked(answer)
        return {"all_ms": round((time.monotonic() - begun) * 1000, 1)} | opened.gaps()


@scenario()
def dedup(bench: Bench) -> Figures:
    """a request whose answer is there already, and one that joins a run; libgit2 says whether a file has changed"""
    with bench.open() as opened:
        words = str(time.monotonic_ns())
        same = {"readOnly": True, "fresh": False, "words": words}
        first = opened.ask("", **same)
        found = STAMP.search(first.line)
        hits = [opened.ask("", **same) for _ in range(bench.times(100))]
        assert found is not None
        if any(found[0] not in hit.line for hit in hits):
            raise RuntimeError("a finished answer was not reused")
        joined = {"fresh": False, "words": words}
        opened.begin("hang=1", **joined)
        joins = [
            opened.peer.call("tools/call", opened.request("hang=1", later=True, **joined))
            for _ in range(bench.times(100))
        ]
        return (
            told("hit", [hit.ms for hit in hits]) | told("join", [join.ms for join in joins]) | opened.gaps()
        )
