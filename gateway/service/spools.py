"""Where each job keeps its files: ``<state>/jobs/<id>/<attempt>.*``."""

import os

from gateway.host.spool import Spool


class Spools:
    """Finds the folders of jobs, and the files of their attempts."""

    def __init__(self, state: str) -> None:
        self.folder = os.path.join(state, "jobs")

    def home(self, job_id: str) -> str:
        """The folder of a job."""
        return os.path.join(self.folder, job_id)

    def of(self, job_id: str, attempt: int) -> Spool:
        """The files of one attempt."""
        return Spool(os.path.join(self.home(job_id), str(attempt)))
