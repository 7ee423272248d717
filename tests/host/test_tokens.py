"""The token file: made once, read by its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.host.tokens import ensure_token, read_token, token_path


def test_a_token_is_made_once_and_is_private(tmp_path: Path) -> None:
    state = str(tmp_path / "new" / "state")
    token = ensure_token(state)

    assert len(token) >= 43
    assert (ensure_token(state), read_token(state)) == (token, token)
    assert stat.S_IMODE(os.stat(token_path(state)).st_mode) == 0o600
    assert os.listdir(state) == ["http-token"]


def test_no_file_is_no_token(tmp_path: Path) -> None:
    assert read_token(str(tmp_path)) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_token_that_others_may_know_is_refused(tmp_path: Path, mode: int) -> None:
    ensure_token(str(tmp_path))
    os.chmod(token_path(str(tmp_path)), mode)

    with pytest.raises(ConfigError, match=f"mode {mode:04o}"):
        ensure_token(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    Path(token_path(str(tmp_path))).write_bytes(content)
    os.chmod(token_path(str(tmp_path)), 0o600)

    with pytest.raises(ConfigError):
        read_token(str(tmp_path))
