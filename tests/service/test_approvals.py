"""What is recorded of decisions."""

from msgspec import Raw, structs

from gateway.config import Config
from gateway.domain.approvals import Approval
from gateway.domain.caller import LOCAL
from gateway.plugin.manager import Plugins
from gateway.plugin.provider import Provider
from gateway.rules.arguments import accept
from gateway.rules.redact import Redactor
from gateway.service.approvals import PREVIEW, Approvals
from gateway.service.gateway import Gateway
from gateway.service.record import Asked
from gateway.store.approvals import newest_approvals

KEY = "echo-key-1234567890abcdef"


def isolating(plugins: Plugins) -> Provider:
    """Echo, if it kept to the MCP servers that it is handed."""
    echo = plugins.provider("echo")
    able = structs.replace(echo.info.capabilities, isolates_mcp=True)
    return Provider(structs.replace(echo.info, capabilities=able), echo._hooks)


async def test_no_secret_of_a_prompt_is_recorded_wherever_it_stands(
    gateway: Gateway, plugins: Plugins, config: Config
) -> None:
    approvals = Approvals(
        structs.replace(config, approval_previews=True), gateway.database, Redactor([r"echo-key-\w{8,}"])
    )
    provider = isolating(plugins)
    said = {"approvalStrategy": "mcp_managed", "approvalPolicy": "permissive"}
    cut = f"{' ' * (4 * PREVIEW - len(KEY) // 2)}{KEY}"
    for prompt in (f"Review this. Do not use any tools {KEY}", f"hello {cut}"):
        request, _ = accept({"prompt": prompt, **said}, provider.info.request)
        await approvals.decide(
            provider, "echo_request", request, prompt=prompt, emptied=frozenset(), caller=LOCAL
        )

    recorded = await gateway.database.read(newest_approvals, LOCAL.principal, 10, None)
    assert len(recorded) == 2
    assert [each for each in recorded if "echo-key" in str(each)] == []


async def test_what_was_approved_before_its_gateway_went_is_not_decided_again(
    gateway: Gateway, plugins: Plugins, config: Config
) -> None:
    approvals = Approvals(config, gateway.database, Redactor([]))
    provider, said = isolating(plugins), {"prompt": "hello", "approvalStrategy": "mcp_managed"}

    async def decide(prompt: str, before: Approval | None) -> Approval | None:
        request, _ = accept(said, provider.info.request)
        taken = Asked(tool="echo_request", request=Raw(), autonomy=None, warnings=(), approval=before)
        decision = await approvals.decide(
            provider, "echo_request", request, prompt=prompt, emptied=frozenset(), caller=LOCAL, before=taken
        )
        return decision.approval

    first = await decide("hello", None)
    assert await decide("delete every secret", first) == first
    assert await gateway.database.read(newest_approvals, LOCAL.principal, 10, None) == [first]
