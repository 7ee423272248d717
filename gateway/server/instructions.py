"""What a client's model is told about the server, made from what is registered."""

from gateway.plugin.manager import Plugins


def instructions(plugins: Plugins) -> str:
    """A few lines: who is there, how to ask, how to go on."""
    asked = [
        f"- {tool.name}: {provider.info.title}"
        for provider in plugins.providers.values()
        for tool in provider.info.offered()
    ]
    return "\n".join(
        (
            "Other AI coding agents, each behind a tool of its own:",
            *asked,
            "Each *_request waits for the answer; its *_request_async twin returns a job at once. Follow a job with"
            " llm_job_status, fetch its answer with llm_job_result (cursor for more), stop it with llm_job_cancel.",
            "To continue a conversation pass the sessionId of an earlier result. Say workingDir to choose the"
            " directory. A failure tells its ending and what to do about it.",
        )
    )
