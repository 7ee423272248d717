"""Who can reach the HTTP server, as it is configured, and what is wrong with that."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from gateway.config import Config, Http
from gateway.domain.probes import Finding
from gateway.errors import ConfigError
from gateway.host.reachability import Answer, head
from gateway.host.tokens import read_token
from gateway.rules.addresses import is_loopback, parsed
from gateway.rules.exposure import Mode, is_https, mode, shown


class AuthReport(Struct, frozen=True, kw_only=True):
    """How callers over HTTP are told apart."""

    required: bool
    token_configured: bool
    source: Literal["configuration", "token_file", "none"]
    named_tokens: int


class Verification(Struct, frozen=True, kw_only=True):
    """A look at the public address. ``not_checked``: nobody asked for one."""

    method: Literal["HEAD", "none"] = "none"
    checked_url: str | None = None
    status_code: int | None = None
    error: str | None = None


class ExposureReport(Struct, frozen=True, kw_only=True):
    """The addresses of the server, in the words of version 1.7.0. Those that are shown hold no secret."""

    transport: Literal["stdio", "http"]
    """What ``gateway serve`` serves where it is not told."""
    mode: Mode
    local_url: str
    public_url_configured: bool
    public_url: str | None
    https_required_for_web: bool = True
    https_configured: bool
    web_clients_supported: bool
    """Whether a client in the web, such as that of a vendor's own site, could use it."""
    tunnel_provider: str | None
    reachable_from_web: Literal["not_checked", "reachable", "unreachable"]
    verification: Verification
    auth: AuthReport


async def exposure(config: Config, *, deep: bool) -> tuple[ExposureReport, list[Finding]]:
    """Look at the addresses. The public one is asked for where that is configured, or with ``deep``."""
    http = config.http
    host, port = parsed(http.listen, http.listen)
    wanted = http.public_url and (deep or http.verify_public_url)
    answer = await head(http.public_url) if wanted else None
    found = mode(host, http.public_url, http.tunnel)
    auth, findings = _auth(config)
    https = is_https(http.public_url)
    report = ExposureReport(
        transport=config.transport,
        mode=found,
        local_url=f"http://{f'[{host}]' if ':' in host else host}:{port}{shown(http.path)}",
        public_url_configured=bool(http.public_url),
        public_url=shown(http.public_url) if http.public_url else None,
        https_configured=https,
        web_clients_supported=bool(
            https and answer and answer.reachable and found not in ("local_only", "lan")
        ),
        tunnel_provider=http.tunnel or None,
        reachable_from_web=_reach(answer),
        verification=_verification(http, answer),
        auth=auth,
    )
    return report, [*findings, *_findings(config, host, report)]


def _reach(answer: Answer | None) -> Literal["not_checked", "reachable", "unreachable"]:
    if answer is None:
        return "not_checked"
    return "reachable" if answer.reachable else "unreachable"


def _verification(http: Http, answer: Answer | None) -> Verification:
    if answer is None:
        return Verification()
    url = shown(http.public_url)
    return Verification(method="HEAD", checked_url=url, status_code=answer.status, error=answer.error)


def _auth(config: Config) -> tuple[AuthReport, list[Finding]]:
    """The tokens there are, and what is wrong with their file."""
    http, findings = config.http, []
    try:
        file = read_token(config.state)
    except ConfigError as error:
        file = None
        findings.append(Finding("http", str(error), error.hint, "error"))
    given = bool(http.token or http.tokens)
    return AuthReport(
        required=http.auth == "token",
        token_configured=given or file is not None,
        source="configuration" if given else "token_file" if file else "none",
        named_tokens=len(http.tokens),
    ), findings


def _findings(config: Config, host: str, report: ExposureReport) -> Iterator[Finding]:
    open_to_others, auth = not is_loopback(host), report.auth
    served: Literal["error", "warning"] = "error" if config.transport == "http" else "warning"
    if open_to_others and auth.required and not auth.token_configured:
        told = f"The HTTP server would listen at {host} without a token, and does not start."
        yield Finding("http", told, "Set LLM_GATEWAY_AUTH_TOKEN, or tokens under [http.tokens].", served)
    if open_to_others and not auth.required:
        told = f"The HTTP server would let everybody in who reaches {host}, and does not start."
        yield Finding("http", told, "Listen at 127.0.0.1, or do without `auth = 'none'`.", served)
    if report.mode == "misconfigured":
        told = f"The public address {report.public_url} is none that a client in the web could use."
        yield Finding("http", told, "Give `public_url` as https://NAME/…, or none.")
    if report.reachable_from_web == "unreachable":
        seen = report.verification
        told = f"{report.public_url} does not answer: {seen.error or f'status {seen.status_code}'}."
        yield Finding(
            "http", told, "Start `gateway serve --http` and what leads to it: the proxy or the tunnel."
        )
