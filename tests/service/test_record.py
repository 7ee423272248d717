"""What is kept beside a job's output for whoever carries on with it."""

import json
from pathlib import Path

import pytest

from gateway.host.spool import Spool
from gateway.plugin.manager import Plugins
from gateway.service.gateway import Gateway
from gateway.service.installed import Binaries
from gateway.service.record import REQUEST, read_asked, read_record

BROKEN = [b"", b"{", b"[]", b'{"tool": "\xff"}', b"\xff\xfe"]


async def test_the_prompt_is_kept_once_beside_what_the_cli_prints(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "a needle")
    home = Path(gateway.spools.home(reply.job.id))
    found = {path.name for path in home.rglob("*") if path.is_file() and b"needle" in path.read_bytes()}

    assert found == {REQUEST, "1.stdout"}
    told = gateway.spools.of(reply.job.id, 1).record()
    assert json.loads(told or b"").keys().isdisjoint({"prompt", "request", "tool"})


async def test_a_retry_that_amends_the_request_amends_its_record(gateway: Gateway, ask) -> None:
    reply = await ask(gateway, "hello", model="none")
    asked = json.loads((Path(gateway.spools.home(reply.job.id)) / REQUEST).read_bytes())

    assert (reply.outcome.ending, reply.flight.retries) == ("ok", 1)
    assert (asked["request"]["prompt"], "model" in asked["request"]) == ("hello", False)


@pytest.mark.parametrize("content", BROKEN)
def test_a_record_that_is_not_whole_is_none(tmp_path: Path, content: bytes) -> None:
    for name in (REQUEST, "1.alive"):
        (tmp_path / name).write_bytes(content)

    assert (read_asked(str(tmp_path)), read_record(Spool(str(tmp_path / "1")))) == (None, None)


@pytest.mark.parametrize("content", BROKEN)
async def test_a_list_of_binaries_that_is_not_whole_is_made_anew(
    tmp_path: Path, plugins: Plugins, environ: dict[str, str], content: bytes
) -> None:
    path = tmp_path / "installed.json"
    path.write_bytes(content)
    info = plugins.providers["echo"].info
    found = await Binaries(str(tmp_path)).installed(info, info.executable, environ)

    assert (found.version, [file.name for file in tmp_path.iterdir()]) == ("1.4.0", ["installed.json"])
    assert json.loads(path.read_bytes())[info.executable]["installed"]["version"] == "1.4.0"
