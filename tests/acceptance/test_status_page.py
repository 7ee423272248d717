"""The status page in headless Chromium: it fits a phone and a wide screen, is live, and shows words as words."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update")
HOSTILE = "<img src=x onerror=document.title='broken'>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on PATH")


class Place:
    """A gateway that serves over HTTP, in a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / HOSTILE.replace("/", "")
        self.work.mkdir()
        (folder / "config.toml").write_text('[http]\nstatus_page = "all"\n')
        self.environ = {
            "HOME": str(folder),
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "LLM_GATEWAY_STATE": str(folder / "state"),
            "LLM_GATEWAY_CONFIG": str(folder / "config.toml"),
            "GATEWAY_PLUGINS": "gateway.testing.echo",
        }
        self.server = self.start("serve", "--http", "127.0.0.1:0", stderr=subprocess.PIPE)
        assert self.server.stderr is not None
        self.address = next(line.split()[-1] for line in self.server.stderr if "serving MCP at" in line)
        self.token = (folder / "state" / "http-token").read_text().strip()

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gateway", *words]
        return subprocess.Popen(command, env=self.environ, cwd=self.work, text=True, **more)

    def ask(self, prompt: str) -> subprocess.Popen[str]:
        return self.start("ask", "echo", prompt, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.server.terminate()
    assert made.server.wait(10) == 0
    made.server.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, place: Place, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, in a window of some width. What its console says is kept in `said`."""
    context = browser.new_context(
        viewport={"width": getattr(request, "param", 1000), "height": 900},
        http_credentials={"username": "anybody", "password": place.token},
    )
    opened = context.new_page()
    opened.said = []
    opened.on("console", lambda message: opened.said.append(message.text))
    opened.on("pageerror", lambda error: opened.said.append(str(error)))
    opened.goto(place.address.removesuffix("/mcp") + "/")
    opened.wait_for_selector("#connection.live")
    yield opened
    context.close()


@pytest.mark.parametrize("page", [400, 1600], indirect=True)
def test_it_fits_and_says_what_runs_and_what_has_ended(place: Place, page: Any) -> None:
    assert place.ask("hello").wait(20) == 0
    page.wait_for_selector("#recent .ok")
    asked = place.ask("ECHO:sleep=600 hello")
    page.wait_for_selector("#running .job:has-text('echo')")
    asked.terminate()
    asked.wait(20)
    page.wait_for_selector("#running .empty")
    wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    assert page.said == []


def test_what_a_cli_says_is_shown_and_never_run(place: Place, page: Any) -> None:
    assert place.ask("hello").wait(20) == 0
    page.wait_for_selector("#sessions tr:has-text('onerror')")
    assert (page.title(), page.locator("img").count(), page.said) == ("gateway", 0, [])


def test_a_server_that_goes_is_told(place: Place, page: Any) -> None:
    place.server.terminate()
    page.wait_for_selector("#connection.lost")
