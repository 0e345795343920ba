"""Log that a server stopped answering, and that it answers again: one event each, not one a request."""

import logging

logger = logging.getLogger(__name__)


class Reachability:
    """Remembers whether a server answered last time. Threads may race here; at worst an event comes twice."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._answers = True

    def answered(self) -> None:
        """Take note of a success."""
        if not self._answers:
            self._answers = True
            logger.warning("server_answers_again", extra={"server": self._server})

    def failed(self, error: Exception) -> None:
        """Take note of a failure."""
        if self._answers:
            self._answers = False
            logger.error("server_does_not_answer", extra={"server": self._server, "error": str(error).strip()})
