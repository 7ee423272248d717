"""A server with the tool that the official conformance suite calls to be asked something before a task begins."""

import os

import trio
from msgspec.structs import replace

from gateway.config import named_plugins, read_config
from gateway.domain.questions import Question
from gateway.plugin.manager import load
from gateway.server.app import make_server
from gateway.server.connections import serve_connections
from gateway.server.render import text_result
from gateway.server.request_tools import ask
from gateway.server.spec import Call, Result, ToolSpec
from gateway.service.gateway import open_gateway

NAME = Question(name="user_name", message="What is your name?", fields={"name": {"type": "string"}})


async def greet(call: Call) -> Result:
    """Ask for a name, and have Echo say it."""
    reply = None if call.caller.ask is None else await call.caller.ask(NAME)
    if reply is None:
        return text_result("Nobody told a name.", {}, error=True)
    provider = call.gateway.plugins.provider("echo")
    (tool,) = provider.info.offered()
    return await ask(
        provider, tool, replace(call, arguments={"prompt": f"Hello, {reply.values.get('name')}"})
    )


GREET = ToolSpec(
    name="test_tool_with_task",
    title="Greet",
    description="Asks for a name and greets.",
    schema={"type": "object"},
    answer=greet,
)


async def main() -> None:
    plugins = load(named_plugins(os.environ))
    async with open_gateway(read_config(os.environ), plugins, os.environ) as gateway:
        app = make_server(gateway, table={GREET.name: GREET}).streamable_http_app()
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        print(f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/mcp", flush=True)
        async with app.router.lifespan_context(app):
            await serve_connections(app, listeners, most=16, until=trio.Event())


if __name__ == "__main__":
    trio.run(main)
