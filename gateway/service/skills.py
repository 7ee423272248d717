"""Short instructions for a client's model: ours, filled in from what is registered, and the user's own."""

import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib.resources import files

from msgspec import Struct

from gateway.domain.provider import ProviderInfo, Tool
from gateway.host.files import read_below
from gateway.plugin.manager import Plugins

log = logging.getLogger(__name__)

SUFFIX = ".md"
WHOLE = "SKILL.md"
"""The file of a skill that is a folder."""
ONE = "request"
"""The tool that asks any provider, where there is one."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
_HEAD = re.compile(r"---\r?\n(.*?)\r?\n---\r?\n+(.*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class Skill(Struct, frozen=True):
    """A skill: how it is called, what it is good for, what it says."""

    name: str
    description: str
    text: str


def skills(folders: Iterable[str], plugins: Plugins, tools: Collection[str]) -> list[Skill]:
    """Ours and those of the folders. A later one of the same name replaces the earlier.

    A skill that ``needs`` tools which are not among ``tools`` is left out.
    """
    found = dict(_ours())
    for folder in folders:
        found |= dict(_in_folder(folder))
    words = _words(plugins, tools)
    made = [_skill(name, text, words, tools) for name, text in sorted(found.items())]
    return [skill for skill in made if skill is not None]


def files_of_skills(folders: Iterable[str]) -> list[str]:
    """Every folder and file that has a say in what `skills` returns."""
    found = []
    for folder in (str(files("gateway").joinpath("skills")), *folders):
        entries = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        paths = [os.path.join(folder, entry) for entry in entries]
        found += [folder, *paths, *(os.path.join(path, WHOLE) for path in paths if os.path.isdir(path))]
    return found


def _ours() -> Iterator[tuple[str, str]]:
    for file in files("gateway").joinpath("skills").iterdir():
        yield file.name.removesuffix(SUFFIX), file.read_text("utf-8")


def _in_folder(folder: str) -> Iterator[tuple[str, str]]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        log.warning("the folder of skills %s cannot be read: %s", folder, error)
        return
    for entry in names:
        whole = os.path.isdir(os.path.join(folder, entry))
        path, name = (os.path.join(entry, WHOLE), entry) if whole else (entry, entry.removesuffix(SUFFIX))
        if not (path.endswith(SUFFIX) and _NAME.fullmatch(name)):
            continue
        data = read_below(folder, path)
        if data is not None:
            yield name, data.decode(errors="replace")


def _skill(name: str, text: str, words: Mapping[str, str], tools: Collection[str]) -> Skill | None:
    head = _HEAD.fullmatch(text)
    facts = dict(_facts(head[1])) if head else {}
    if not set(facts.get("needs", "").split()) <= set(tools):
        return None
    body = _PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), head[2] if head else text)
    return Skill(name, facts.get("description") or _title(body) or name, body)


def _facts(head: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            yield key.strip(), value.strip().strip("\"'")


def _title(text: str) -> str:
    return next((line.lstrip("# ").strip() for line in text.splitlines() if line.startswith("#")), "")


def _call(tool: Tool, info: ProviderInfo, tools: Collection[str]) -> str:
    """How a provider's tool is called: by its name, or through the one tool for all providers."""
    if ONE not in tools:
        return f"`{tool.name}`"
    other = f", tool `{tool.name}`" if tool != info.offered()[0] else ""
    return f"`{ONE}` with provider `{info.name}`{other}"


def _words(plugins: Plugins, tools: Collection[str]) -> dict[str, str]:
    """What stands for each placeholder."""
    infos = [provider.info for provider in plugins.providers.values()]
    offered = [(tool, info) for info in infos for tool in info.offered()]
    twins = [f"{tool.name}_async" for tool, _ in offered if tool.background]
    cached = [info.title for info in infos if info.cache is not None]
    return {
        "providers": ", ".join(info.title for info in infos) or "none",
        "request_tools": "\n".join(
            f"- {_call(tool, info, tools)} asks {info.title}" for tool, info in offered
        ),
        "async_tool": "`request` and `background: true`"
        if ONE in tools
        else f"`{(*twins, '*_request_async')[0]}`",
        "resume": "\n".join(
            f"- {info.title}: {', '.join(sorted(info.capabilities.resume))}"
            f"{'' if info.capabilities.resumes_anywhere else '; only in the directory it was begun in'}"
            for info in infos
        ),
        "cached": f"Known to cache: {', '.join(cached)}." if cached else "",
    }
