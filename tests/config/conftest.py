"""A home of the test's own, and files of configuration in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

Written = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own: nothing of the user's is read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def written(home: Path) -> Written:
    """Writes a file; gives the environment that names it."""

    def write(text: str | bytes, name: str = "my.toml") -> dict[str, str]:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return {"LLM_GATEWAY_CONFIG": str(path)}

    return write
