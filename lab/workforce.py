"""How many processes make the load, and where: here, and on other machines that join."""

import sys
from dataclasses import dataclass

JOIN_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workforce:
    """The processes of one generator.

    Attributes:
        workers: how many to start on this machine.
        expect_workers: how many others start, with `lab worker`, here or elsewhere.
        bind: HOST:PORT at which those join; port 0 is any that is free.
    """

    workers: int = 1
    expect_workers: int = 0
    bind: str = "127.0.0.1:0"

    @property
    def total(self) -> int:
        """How many there are in all."""
        return self.workers + self.expect_workers

    def command(self) -> list[str]:
        """Return what to start: a worker where it is the only one, else a master, which starts its own."""
        if (self.workers, self.expect_workers) == (1, 0):
            return [sys.executable, "-P", "-m", "loadtests.worker"]
        return [
            sys.executable, "-P", "-m", "loadtests.master", "--workers", str(self.workers),
            "--expect-workers", str(self.expect_workers), "--bind", self.bind, "--wait", str(JOIN_TIMEOUT_S),
        ]  # fmt: skip


ONE_WORKER = Workforce()
