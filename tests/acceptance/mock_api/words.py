"""The words in a prompt that choose what the mock does."""

import base64
import re
from random import Random

WORD = re.compile(r"MOCK:([a-z]+)(?:=([\w.,+/=-]+))?")
EXACTLY = re.compile(r"reply with exactly: *([^\n<]+)")

MEBIBYTE_LINES = 8192
LINE = 128


def words(prompt: str) -> dict[str, str]:
    """The words of a prompt and their values; a word without one has an empty value."""
    return {name: value.rstrip(".,") for name, value in WORD.findall(prompt)}


def number(value: str, otherwise: float) -> float:
    """The value as a number, or the other number where the word has no value."""
    return float(value) if value else otherwise


def exact_answer(prompt: str) -> str | None:
    """The answer that the prompt spells out, or None."""
    found = EXACTLY.search(prompt)
    return found and found[1].strip()


def encode_command(command: str) -> str:
    """The words for one call of the shell tool with this command."""
    return "MOCK:tool MOCK:cmd=" + base64.urlsafe_b64encode(command.encode()).decode()


def decode_command(value: str) -> str:
    """The command of `MOCK:cmd`, in either alphabet of Base64."""
    standard = value.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(standard + "=" * (-len(standard) % 4)).decode() if value else "echo mock-tool-ran"


def huge_answer(mebibytes: float) -> str:
    """So many MiB of text, always the same. No line comes twice: a CLI may stop a model that repeats itself."""
    lines = int(mebibytes * MEBIBYTE_LINES)
    digits = Random(0).randbytes(lines * LINE // 2).hex()
    return "".join(digits[at * LINE : at * LINE + LINE - 1] + "\n" for at in range(lines))
