"""The seats of a panel: who takes them, and how one begins."""

from collections.abc import Sequence

from msgspec import structs

from gateway.domain.caller import Caller
from gateway.domain.jobs import Mode
from gateway.domain.launch import Autonomy
from gateway.domain.outcome import ENDINGS, Ending
from gateway.domain.panels import Panel, Seat
from gateway.errors import GatewayError, InvalidRequest, ProviderUnavailable
from gateway.rules.arguments import accept
from gateway.service.gateway import Gateway
from gateway.service.ticket import Ticket
from gateway.service.waiting import Notify

POSTURE: Autonomy = "read_only"


def seated(gateway: Gateway, named: Sequence[str], most: int) -> tuple[str, ...]:
    """The providers that are named, each once; where none is, the first few that are installed."""
    registered = gateway.plugins.providers
    if named:
        return tuple(gateway.plugins.provider(name).name for name in dict.fromkeys(named))
    there = [name for name in registered if _installed(gateway, name)]
    if not registered:
        raise InvalidRequest("There is no provider to ask.", hint="Install a plugin. See `gateway plugins`.")
    return tuple(there or registered)[:most]


def _installed(gateway: Gateway, name: str) -> bool:
    try:
        gateway.surroundings.executable(gateway.plugins.provider(name))
    except ProviderUnavailable:
        return False
    return True


async def begin_seat(
    gateway: Gateway, panel: Panel, seat: Seat, prompt: str, caller: Caller
) -> tuple[Ticket | None, Seat]:
    """Put the question to a seat. One that cannot be begun is told with the reason; the others go on.

    So is one about which a person would have to be asked: a panel is one call, and no row of forms.
    """
    try:
        provider = gateway.plugins.provider(seat.provider)
        tool = provider.info.offered()[0]
        asked = {
            "prompt": prompt,
            "correlationId": seat.correlation_id,
            "createNewSession": True,
            "workingDir": panel.working_dir,
            "timeoutMs": panel.timeout_ms,
        }
        request, _ = accept(asked, tool.request)
        mode: Mode = "sync" if seat.role == "seat" else "async"
        alone = structs.replace(caller, ask=None)
        ticket = await gateway.submit(provider, tool, request, mode=mode, caller=alone, autonomy=POSTURE)
    except GatewayError as error:
        said = f"{error} {error.hint}".strip()
        return None, structs.replace(seat, ending=_ending(error), error=said)
    return ticket, structs.replace(seat, job_id=ticket.job.id, flight_id=ticket.flight.id)


def _ending(error: GatewayError) -> Ending:
    return next((ending for ending in ENDINGS if ending == error.code), "provider_error")


def whose(notify: Notify | None, title: str) -> Notify | None:
    """Progress notes that say whose they are."""
    if notify is None:
        return None

    async def tell(note: str) -> None:
        await notify(f"{title}: {note}")

    return tell


def alone(error: Exception) -> Exception:
    """The first failure of those that nurseries have wrapped."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
