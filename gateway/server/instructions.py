"""What a client's model is told about the server, made from what is registered."""

from collections.abc import Collection, Sequence

from gateway.plugin.manager import Plugins
from gateway.service.skills import Skill

JOBS = (
    "Each *_request waits for the answer; its *_request_async twin returns a job at once. Follow a job with"
    " llm_job_status, fetch its answer with llm_job_result (cursor for more), stop it with llm_job_cancel."
)
COMPACT_JOBS = (
    "request waits for the answer; with background it returns a job at once. Follow a job with llm_job_status, fetch"
    " its answer with llm_job_result (cursor for more), stop it with llm_job_cancel. provider_options tells what a"
    " provider takes as options."
)


def instructions(plugins: Plugins, skills: Sequence[Skill], tools: Collection[str]) -> str:
    """A few lines: who is there, how to ask, how to go on, what there is to read."""
    return "\n".join(
        (
            *(_by_provider(plugins, tools) if "request" in tools else _by_tool(plugins, tools)),
            "To continue a conversation pass the sessionId of an earlier result. Say workingDir to choose the"
            " directory. A failure tells its ending and what to do about it.",
            *(("Read more where it helps:",) if skills else ()),
            *(f"- skills://{skill.name} - {skill.description}" for skill in skills),
        )
    )


def _by_tool(plugins: Plugins, tools: Collection[str]) -> list[str]:
    asked = [
        f"- {tool.name}: {provider.info.title}"
        for provider in plugins.providers.values()
        for tool in provider.info.offered()
    ]
    jobs = JOBS if "llm_job_status" in tools else "Each *_request waits for the answer."
    return ["Other AI coding agents, each behind a tool of its own:", *asked, jobs]


def _by_provider(plugins: Plugins, tools: Collection[str]) -> list[str]:
    asked = [f"- {name}: {provider.info.title}" for name, provider in plugins.providers.items()]
    jobs = COMPACT_JOBS if "llm_job_status" in tools else "request waits for the answer."
    return ["Other AI coding agents, each a provider of the tool request:", *asked, jobs]
