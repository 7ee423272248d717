"""Where each job keeps its files: ``<state>/jobs/<id>/<attempt>``."""

import os

from gateway.config import Config
from gateway.host.spool import Spool


class Spools:
    """Finds the directories of jobs and of their attempts."""

    def __init__(self, config: Config) -> None:
        self.folder = os.path.join(config.state, "jobs")

    def home(self, job_id: str) -> str:
        """The directory of a job."""
        return os.path.join(self.folder, job_id)

    def of(self, job_id: str, attempt: int) -> Spool:
        """The directory of one attempt."""
        return Spool(os.path.join(self.home(job_id), str(attempt)))
