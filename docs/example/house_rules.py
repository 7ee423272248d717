"""A plugin that is no provider: it is asked about every provider, listens, and wraps a hook."""

import logging
from collections.abc import Generator

from gateway import Job, Launch, Outcome, ProviderInfo, Risk, Verdict, hookimpl, replace

log = logging.getLogger(__name__)


@hookimpl
def gateway_admit(provider: ProviderInfo, risk: Risk) -> Verdict | None:
    if risk.bypass:
        return Verdict("refused", f"nobody lets {provider.title} work unchecked here")
    return None


@hookimpl
def gateway_job_started(job: Job) -> None:
    log.info("job %s of %s has begun in %s", job.id, job.provider, job.directory)


@hookimpl
def gateway_job_finished(job: Job, outcome: Outcome) -> None:
    log.info("job %s ended: %s", job.id, outcome.ending)


@hookimpl(wrapper=True)
def gateway_launch() -> Generator[None, Launch, Launch]:
    launch = yield
    return replace(launch, warnings=(*launch.warnings, "This run is under the house rules."))
