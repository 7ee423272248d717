"""The resource table: what can be read, by its address."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from gateway.errors import NotFound
from gateway.plugin.manager import Plugins
from gateway.server.model_tools import models_of
from gateway.server.panel_tools import read_receipt
from gateway.server.session_tools import listing
from gateway.server.skill_resources import MARKDOWN, skill_texts
from gateway.server.spec import Call
from gateway.server.state_resources import STATES
from gateway.service.skills import Skill

Body = dict[str, Any]
JSON = "application/json"


class ResourceSpec(Struct, frozen=True, kw_only=True):
    """A resource, or with ``{name}`` in its address a family of them."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[[Call], Awaitable[Body | str]]
    """Reads it; what the braces matched is in the call's arguments."""
    mime: str = JSON

    def listed(self) -> Body:
        """The resource, or the template, as the protocol tells it."""
        address = "uriTemplate" if "{" in self.uri else "uri"
        return {
            address: self.uri,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "mimeType": self.mime,
        }

    def matched(self, uri: str) -> dict[str, str] | None:
        """What an address says for each brace, or None if it is another resource's."""
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.uri))
        found = re.fullmatch(pattern, uri)
        return None if found is None else found.groupdict()


def resources(plugins: Plugins, skills: Sequence[Skill]) -> list[ResourceSpec]:
    """Every resource, in the order in which they are listed."""
    return [*_sessions(plugins), *_models(plugins), *_states(), *_receipts(), *_skills(skills)]


async def read(table: list[ResourceSpec], uri: str, call: Call) -> Body:
    """A resource as the protocol tells it; NotFound where there is none of this address."""
    for spec in table:
        matched = spec.matched(uri)
        if matched is not None:
            body = await spec.read(msgspec.structs.replace(call, arguments=matched))
            text = body if isinstance(body, str) else _pretty(body)
            return {"uri": uri, "mimeType": spec.mime, "text": text}
    raise NotFound(f"There is no resource {uri}.")


def _pretty(body: Body) -> str:
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


def _sessions(plugins: Plugins) -> list[ResourceSpec]:
    async def everybody(call: Call) -> Body:
        return await listing(call, None)

    def of(name: str) -> Callable[[Call], Awaitable[Body]]:
        async def one(call: Call) -> Body:
            body = await listing(call, name)
            active = body.pop("activeSessions")
            return {"cli": name, **body, "activeSession": active.get(name)}

        return one

    every = ResourceSpec(
        uri="sessions://all",
        name="sessions-all",
        title="All sessions",
        description="The known sessions of all providers",
        read=everybody,
    )
    return [every] + [
        ResourceSpec(
            uri=f"sessions://{provider.name}",
            name=f"sessions-{provider.name}",
            title=f"{provider.info.title} sessions",
            description=f"The known sessions of {provider.info.title}",
            read=of(provider.name),
        )
        for provider in plugins.providers.values()
    ]


def _states() -> list[ResourceSpec]:
    return [
        ResourceSpec(
            uri=state.uri,
            name=re.sub(r"\W+", "-", state.uri).strip("-"),
            title=state.title,
            description=state.description,
            read=state.read,
        )
        for state in STATES
    ]


def _receipts() -> list[ResourceSpec]:
    return [
        ResourceSpec(
            uri="validation://receipt/{validationId}",
            name="validation-receipt",
            title="Receipt of a panel",
            description="What was asked of whom and what came of it, sealed; the report while it still runs",
            read=read_receipt,
        )
    ]


def _skills(skills: Sequence[Skill]) -> list[ResourceSpec]:
    return [
        ResourceSpec(
            uri=each.uri,
            name=each.name,
            title=each.name,
            description=each.description,
            read=each.read,
            mime=MARKDOWN,
        )
        for each in skill_texts(skills)
    ]


def _models(plugins: Plugins) -> list[ResourceSpec]:
    def of(name: str) -> Callable[[Call], Awaitable[Body]]:
        async def one(call: Call) -> Body:
            return models_of(call.gateway, call.gateway.plugins.provider(name))

        return one

    return [
        ResourceSpec(
            uri=f"models://{provider.name}",
            name=f"models-{provider.name}",
            title=f"{provider.info.title} models",
            description=f"Models and aliases of {provider.info.title}",
            read=of(provider.name),
        )
        for provider in plugins.providers.values()
    ]
