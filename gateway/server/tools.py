"""The tool table: what every provider declares, and the tools of our own."""

from gateway.plugin.manager import Plugins
from gateway.server.approval_tools import approval_tools
from gateway.server.care_tools import care_tools
from gateway.server.job_tools import job_tools
from gateway.server.model_tools import model_tools
from gateway.server.panel_tools import panel_tools
from gateway.server.request_tools import request_tools
from gateway.server.session_tools import session_tools
from gateway.server.spec import ToolSpec


def tools(plugins: Plugins, *, durable: bool = True) -> dict[str, ToolSpec]:
    """Every tool by its name, in the order in which they are listed; without ``durable`` those that need no jobs."""
    asking = [
        spec
        for provider in plugins.providers.values()
        for tool in provider.info.offered()
        for spec in request_tools(provider, tool)
    ]
    ours = (*job_tools(), *session_tools(), *model_tools(), *approval_tools(), *care_tools(), *panel_tools())
    return {spec.name: spec for spec in (*asking, *ours) if durable or not spec.durable}
