"""An isolated home: fake CLIs, a configuration, a directory to work in. Nothing of the user's own is touched."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CLI = "bench-cli"
"""The executable of the provider that is measured."""
PLUGIN = str(HERE / "plugin")
"""Where that provider lies, as an installer would have put it there."""
CONFIG = """
[limits]
concurrency = 1000
per_provider = 1000
queue = 2000
"""
"""Room for every request of a crowd: what is measured is the gateway, not its queue."""


def ground() -> str:
    """A folder for homes, to be removed when all is measured.

    For five minutes after files were removed, ext4 steps over each of them wherever it makes one nearby. So nothing is
    removed in between, and each home lies elsewhere on the disk, where that can be asked for.
    """
    folder = tempfile.mkdtemp(prefix="gateway-bench-")
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(("chattr", "+T", folder), check=False, stderr=subprocess.DEVNULL)
    return folder


def compiled(place: str, *names: str) -> Path:
    """A folder with the fake CLI, made once, and with further names for it."""
    folder = Path(place, "cli")
    folder.mkdir()
    subprocess.run(["cc", "-O2", "-static", "-o", folder / CLI, HERE / "fake_cli.c"], check=True)
    for name in names:
        os.link(folder / CLI, folder / name)
    return folder


class Home:
    """A home folder."""

    def __init__(self, clis: Path) -> None:
        self.folder = tempfile.mkdtemp(prefix="home-", dir=clis.parent)
        self.clis = os.path.join(self.folder, "bin")
        self.work = os.path.join(self.folder, "work")
        self.log = os.path.join(self.folder, "log")
        os.mkdir(self.clis)
        os.mkdir(self.work)
        for path in clis.iterdir():
            shutil.copy(path, self.clis)
        config = Path(self.folder, "config", "gateway")
        config.mkdir(parents=True)
        (config / "config.toml").write_text(CONFIG)
        _repository(self.work)

    @property
    def cli(self) -> str:
        """The fake CLI, for whoever runs it bare."""
        return os.path.join(self.clis, CLI)

    @property
    def database(self) -> str:
        return os.path.join(self.folder, "state", "gateway", "gateway.db")

    def environ(self) -> dict[str, str]:
        return {
            "HOME": self.folder,
            "XDG_CONFIG_HOME": os.path.join(self.folder, "config"),
            "XDG_STATE_HOME": os.path.join(self.folder, "state"),
            "PYTHONPATH": PLUGIN,
            "PATH": f"{self.clis}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
        }


def _repository(folder: str) -> None:
    """Put the directory under git: only there is a finished answer ever reused."""
    Path(folder, "file").write_text("content\n")
    git = ("git", "-C", folder, "-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "Begin")):
        subprocess.run([*git, *words], check=True, stdout=subprocess.DEVNULL)
