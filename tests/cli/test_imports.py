import gc
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gateway.cli import imports


def test_nothing_looks_for_garbage_while_what_is_kept_is_imported() -> None:
    with imports.kept():
        during = gc.isenabled()
    after = gc.isenabled()
    assert (during, after) == (False, True)


def test_what_was_imported_is_not_searched_again() -> None:
    before = gc.get_freeze_count()
    with imports.kept():
        kept = [[] for _ in range(1000)]
    frozen = gc.get_freeze_count() - before
    gc.unfreeze()
    assert frozen >= len(kept)


def test_a_server_loads_neither_the_client_nor_oauth() -> None:
    script = (
        "import sys; from gateway.cli import imports\n"
        "with imports.kept(): import gateway.server.app, gateway.server.http\n"
        "print(*sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    modules = set(told.stdout.split())
    assert modules & {"mcp.client", "mcp.server.mcpserver", "jwt", "cryptography", "httpx"} == set()
    assert {"mcp", "mcp.server", "mcp.server.lowlevel"} <= modules


def test_a_package_that_hands_on_has_its_names_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "handing_on" / "below").mkdir(parents=True)
    (tmp_path / "handing_on" / "__init__.py").write_text("from .below import word\nothers = ['one']\n")
    (tmp_path / "handing_on" / "below" / "__init__.py").write_text("word = 'said'\n")
    (tmp_path / "handing_on" / "alone.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(imports, "HAND_ON", {"handing_on"})
    with imports.kept():
        import_module("handing_on.alone")
    package = sys.modules["handing_on"]
    before = "handing_on.below" in sys.modules
    assert (before, package.word, package.others) == (False, "said", ["one"])
