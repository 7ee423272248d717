"""What the environment says about the HTTP server, in the names of version 1.7.0."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace

from gateway.config.keys import Http


def serves_http(environ: Mapping[str, str]) -> bool:
    """Whether ``gateway serve`` serves HTTP without being told so on its line."""
    return (environ.get("LLM_GATEWAY_TRANSPORT") or environ.get("MCP_TRANSPORT")) == "http"


def overlaid(http: Http, environ: Mapping[str, str]) -> Http:
    """The server as the file has it, with what the environment says laid over it."""
    host, _, port = http.listen.rpartition(":")
    host = environ.get("LLM_GATEWAY_HTTP_HOST") or host
    port = environ.get("LLM_GATEWAY_HTTP_PORT") or port
    public = urlsplit(environ.get("LLM_GATEWAY_PUBLIC_URL", "")).hostname
    further = re.findall(r"[^\s,;]+", environ.get("LLM_GATEWAY_NO_AUTH_PATHS", ""))
    return replace(
        http,
        listen=f"[{host}]:{port}"
        if ":" in host.strip("[]") and not host.startswith("[")
        else f"{host}:{port}",
        path=environ.get("LLM_GATEWAY_HTTP_PATH") or http.path,
        hosts=(*http.hosts, public) if public else http.hosts,
        token=environ.get("LLM_GATEWAY_AUTH_TOKEN") or http.token,
        auth="none" if environ.get("LLM_GATEWAY_AUTH_DISABLED") == "1" else http.auth,
        open_paths=(*http.open_paths, *further),
    )
