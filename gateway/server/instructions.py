"""What a client's model is told about the server, made from what is registered."""

from collections.abc import Sequence

from gateway.plugin.manager import Plugins
from gateway.service.skills import Skill

JOBS = (
    "Each *_request waits for the answer; its *_request_async twin returns a job at once. Follow a job with"
    " llm_job_status, fetch its answer with llm_job_result (cursor for more), stop it with llm_job_cancel."
)


def instructions(plugins: Plugins, skills: Sequence[Skill], *, durable: bool) -> str:
    """A few lines: who is there, how to ask, how to go on, what there is to read."""
    asked = [
        f"- {tool.name}: {provider.info.title}"
        for provider in plugins.providers.values()
        for tool in provider.info.offered()
    ]
    return "\n".join(
        (
            "Other AI coding agents, each behind a tool of its own:",
            *asked,
            JOBS if durable else "Each *_request waits for the answer.",
            "To continue a conversation pass the sessionId of an earlier result. Say workingDir to choose the"
            " directory. A failure tells its ending and what to do about it.",
            *(("Read more where it helps:",) if skills else ()),
            *(f"- skills://{skill.name} - {skill.description}" for skill in skills),
        )
    )
