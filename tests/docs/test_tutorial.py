"""Every command of the tutorial, in a fresh copy of the project and a fresh home."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = "gateway_plugin_parrot.py"
"""What the one block of Python is put into."""

pytestmark = pytest.mark.acceptance


def script() -> tuple[str, list[str]]:
    """All the page's commands as one program, and what each stretch of it is to print."""
    parts, expected = ["exec 2>&1"], []
    for language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if language == "python":
            parts.append(f"cat > {FILE} <<'PYTHON'\n{text}PYTHON")
        elif language == "text":
            parts.append(f"echo '--- {len(expected)}'")
            expected.append(text)
        else:
            parts.append(text)
    return "\n".join(parts), expected


def test_every_command_of_the_tutorial_does_what_the_page_says(tmp_path: Path) -> None:
    clone, home = tmp_path / "clone", tmp_path / "home"
    home.mkdir()
    shutil.copytree(
        ROOT,
        clone,
        ignore=shutil.ignore_patterns(".git", ".venv*", "__pycache__", ".*_cache", "tests", "plugins"),
    )
    program, expected = script()
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PIP_INDEX_URL") if name in os.environ}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", program],
        cwd=clone,
        env=kept | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    said = re.split(r"^--- \d+\n", done.stdout, flags=re.MULTILINE)
    missing = [
        line
        for text, printed in zip(expected, said, strict=False)
        for line in text.splitlines()
        if line not in printed
    ]
    assert missing == [], done.stdout[-3000:]
