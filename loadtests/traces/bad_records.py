"""What becomes of records that do not parse: the first ends the reading, or all are skipped and counted."""

from loadtests.errors import TraceError


class BadRecords:
    """The bad records of one trace."""

    def __init__(self, file: str, *, skip: bool) -> None:
        self._file = file
        self._skip = skip
        self.count = 0

    def found(self, number: int, unit: str, reason: str) -> None:
        """Count the record of that number (from 1; `unit` is line or record), if bad ones are to be skipped.

        Raises:
            TraceError: they are not.
        """
        if not self._skip:
            raise TraceError(
                f"{unit} {number:,} of the trace {self._file} is bad: {reason}; mend it, or have bad "
                "ones skipped with --skip-bad"
            )
        self.count += 1
