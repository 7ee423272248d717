"""What a caller holds of a request that has been taken in."""

from collections.abc import Iterable

from msgspec import Struct

from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.plugin.provider import Provider
from gateway.service.prepare import Prepared


class Ticket(Struct, frozen=True, kw_only=True):
    """A submitted request: its job, and what is known before it has ended."""

    job: Job
    flight: Flight
    provider: Provider
    prepared: Prepared
    resume_id: str | None
    warnings: tuple[str, ...]

    @property
    def task_id(self) -> str:
        """The name by which the caller comes back: whoever shares a run has a reply of their own."""
        return self.flight.id if self.flight.deduped else self.job.id

    @property
    def mcp_servers(self) -> dict[str, list[str]]:
        enabled = [server.name for server in self.prepared.servers]
        return servers_told(self.prepared.request.mcp_servers, enabled, self.prepared.missing_servers)


def servers_told(
    requested: Iterable[str], enabled: Iterable[str], missing: Iterable[str]
) -> dict[str, list[str]]:
    """What became of the MCP servers that a request named."""
    told = {"requested": list(requested), "enabled": list(enabled), "missing": list(missing)}
    return {name: names for name, names in told.items() if names or name == "requested"}
