"""Which jobs are known, and which of them holds a question."""

from tallysheet.models._followed import Job


class KnownJobs:
    """Jobs by our name for them, and by what is asked in them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._passed_over: set[str] = set()
        self._holder: dict[str, Job] = {}

    def __contains__(self, token: str) -> bool:
        """Whether the job of *token* is known, if only as one that is of no use."""
        return token in self._jobs or token in self._passed_over

    def holder(self, question: str) -> Job | None:
        """The job that holds *question*: of several, the one that was known first."""
        return self._holder.get(question)

    @property
    def names(self) -> frozenset[str]:
        """What the provider calls them."""
        return frozenset(job.handle.job for job in self._jobs.values())

    @property
    def waited_for(self) -> list[Job]:
        """Those that somebody waits for, and that have their names."""
        return [job for job in self._jobs.values() if job.is_followed and job.handle.job]

    def know(self, job: Job) -> None:
        """Take it up."""
        self._jobs[job.handle.token] = job
        for question in job.handle.questions:
            self._holder.setdefault(question, job)

    def pass_over(self, token: str) -> None:
        """Take note that the job of *token* is of no use."""
        self._passed_over.add(token)

    def forget(self, job: Job) -> None:
        """It is of no use any more."""
        self._jobs.pop(job.handle.token, None)
        self.pass_over(job.handle.token)
        for question in job.handle.questions:
            if self._holder.get(question) is job:
                del self._holder[question]
