"""What can go wrong when a run folder is analysed.

AnalysisError
└── RunError    a run folder that is missing, cut off or not what it says
"""


class AnalysisError(Exception):
    """Base of every error that this package raises on purpose."""


class RunError(AnalysisError):
    """A run folder cannot be read; the message names the file and the next step."""
