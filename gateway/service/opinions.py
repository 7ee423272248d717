"""What came of the seats of a panel: from their jobs, and from the receipt once that holds them."""

import contextlib
import hashlib
from collections.abc import Sequence

from msgspec import structs

from gateway.domain.caller import Caller, caller_named
from gateway.domain.flights import Flight
from gateway.domain.jobs import Job
from gateway.domain.panels import Opinion, Panel, Role, Seat
from gateway.errors import NotFound
from gateway.rules.digests import sha256
from gateway.rules.fold import HEAD
from gateway.rules.panel_prompts import CHOICES
from gateway.rules.verdicts import position, stand, stated
from gateway.service.endings import outcome_of
from gateway.service.gateway import Gateway
from gateway.service.pages import PAGE
from gateway.service.receipts import opinions_of
from gateway.store import jobs

FORGOTTEN = "Its job is no longer kept."
UNREADABLE = "Its answer is no longer there."


async def opinions(gateway: Gateway, panel: Panel) -> list[Opinion]:
    """What every seat has to say now, the judge's last."""
    known = opinions_of(panel.receipt) if panel.receipt is not None else {}
    if known and gateway.config.flight_bodies:
        return list(known.values())
    return [await _of_a_seat(gateway, panel, seat, known.get(seat.correlation_id)) for seat in panel.seats]


async def _of_a_seat(gateway: Gateway, panel: Panel, seat: Seat, known: Opinion | None) -> Opinion:
    """What a seat has to say; what is ``known`` of it counts where its job is no longer kept."""
    rows = None
    if seat.job_id is not None:
        rows = await gateway.database.read(jobs.recorded, seat.job_id, panel.principal)
    if rows is not None:
        _, flights = rows
        flight = next((flight for flight in flights if flight.id == seat.flight_id), flights[0])
        return await _heard(gateway, rows, flight, role=seat.role, choice=CHOICES[panel.intent])
    ending = seat.ending or "lost"
    return known or Opinion(
        provider=seat.provider,
        role=seat.role,
        correlation_id=seat.correlation_id,
        job_id=seat.job_id,
        ending=ending,
        verdict=stand(ending, ""),
        error=seat.error or FORGOTTEN,
    )


async def opinion_of_job(gateway: Gateway, job_id: str, caller: Caller) -> Opinion:
    """What a job has to say, whatever it was asked for."""
    rows = await gateway.database.read(jobs.recorded, job_id, caller.principal)
    if rows is None:
        raise NotFound("Job not found", hint="See llm_job_list.")
    return await _heard(gateway, rows, rows[1][0], role="seat", choice=())


async def _heard(
    gateway: Gateway, rows: tuple[Job, list[Flight]], flight: Flight, *, role: Role, choice: Sequence[str]
) -> Opinion:
    """The opinion that a job came to, as far as it has got. ``flight`` is that of whoever asked."""
    job, (first, *_) = rows
    text = None if job.ending is None else await _answer(gateway, job, first)
    ending = "lost" if text is None and job.ending is not None else job.ending
    verdict = stand(ending, text or "")
    words = stated(text or "") if verdict in ("answered", "abstained") else None
    return Opinion(
        provider=job.provider,
        role=role,
        correlation_id=flight.correlation_id,
        job_id=job.id,
        ending=ending,
        verdict=verdict,
        stated=words,
        position=position(words, choice) if verdict == "answered" else None,
        error=job.error if ending == job.ending else UNREADABLE,
        model_asked=flight.model_asked,
        model_used=job.model,
        cli_version=flight.cli_version,
        input=flight.prompt,
        input_sha256=flight.prompt_hash,
        output=text,
        output_bytes=job.answer_bytes,
    )


async def _answer(gateway: Gateway, job: Job, flight: Flight) -> str | None:
    """What a job answered, or the head of a very long answer. None: it answered, and that is not there any more."""
    provider = gateway.plugins.providers.get(job.provider)
    outcome = outcome_of(job, flight)
    if provider is not None:
        with contextlib.suppress(OSError):
            outcome = await gateway.outputs.whole(provider, job, outcome)
    return None if job.answer_bytes and not outcome.text else outcome.text


async def hashed(gateway: Gateway, panel: Panel, opinion: Opinion) -> Opinion:
    """The opinion with the hash of all that it says, however long that is; without, where that is not there."""
    if opinion.output is None:
        return opinion
    if opinion.output_bytes <= HEAD:
        return structs.replace(opinion, output_sha256=sha256(opinion.output))
    with contextlib.suppress(OSError, NotFound):
        return structs.replace(opinion, output_sha256=await _whole_hash(gateway, panel, str(opinion.job_id)))
    return opinion


async def _whole_hash(gateway: Gateway, panel: Panel, job_id: str) -> str:
    """The hash of an answer that is too large for memory."""
    digest = hashlib.sha256()
    caller, cursor = caller_named(panel.principal), "head"
    while cursor:
        _, page = await gateway.result(job_id, cursor, PAGE, raw=False, caller=caller)
        digest.update(page.text.encode())
        cursor = page.next_cursor or ""
    return digest.hexdigest()
