"""What makes two requests the same: everything that can change the answer, and nothing else."""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import structs

from gateway.domain.launch import Autonomy, McpServer
from gateway.domain.request import Request

INDIFFERENT = frozenset(
    {
        "correlation_id",
        "timeout_ms",
        "idle_timeout_ms",
        "force_refresh",
        "prompt",
        "prompt_parts",
        "working_dir",
    }
)
"""Fields that name, bound or locate a request. Prompt and directory count in the form they are resolved to."""


def fingerprint(
    request: Request,
    *,
    tool: str,
    prompt: str,
    directory: str,
    principal: str,
    autonomy: Autonomy | None,
    servers: Sequence[McpServer],
    environ: Mapping[str, str],
    files: Mapping[str, str],
) -> str:
    """A hash over all that matters. ``environ`` and ``files`` hold only what the provider's run depends on."""
    fields = {name: value for name, value in structs.asdict(request).items() if name not in INDIFFERENT}
    said = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
    everything = (
        tool,
        said,
        prompt,
        directory,
        principal,
        autonomy,
        list(servers),
        dict(environ),
        dict(files),
    )
    return hashlib.sha256(msgspec.json.encode(everything, order="sorted")).hexdigest()
