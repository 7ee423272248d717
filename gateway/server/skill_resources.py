"""Skills as resources: what a client's model may read to use the server well."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from msgspec import Struct

from gateway.server.spec import Call
from gateway.service.skills import Skill

MARKDOWN = "text/markdown"


class SkillText(Struct, frozen=True):
    """The address of a skill, what it is good for, and how it is read."""

    uri: str
    name: str
    description: str
    read: Callable[[Call], Awaitable[Any]]


def skill_texts(skills: Iterable[Skill]) -> list[SkillText]:
    """A resource for each skill."""

    def of(text: str) -> Callable[[Call], Awaitable[Any]]:
        async def one(call: Call) -> str:
            return text

        return one

    return [
        SkillText(f"skills://{skill.name}", f"skill-{skill.name}", skill.description, of(skill.text))
        for skill in skills
    ]
