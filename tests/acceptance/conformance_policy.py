"""A policy that asks about what the plugin `conformance_tools` asks about as well."""

from gateway import Request, Verdict, hookimpl


@hookimpl
def gateway_admit(request: Request) -> Verdict | None:
    return Verdict("ask", "The second yes", "confirm") if type(request).__name__ == "MultiInput" else None
