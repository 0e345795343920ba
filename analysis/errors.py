"""What can go wrong when a run folder is analysed, or a cache's behaviour predicted.

AnalysisError
├── RunError           a run folder that is missing, cut off or not what it says
└── PredictionError    a cache or a workload that cannot be as described
"""


class AnalysisError(Exception):
    """Base of every error that this package raises on purpose."""


class RunError(AnalysisError):
    """A run folder cannot be read; the message names the file and the next step."""


class PredictionError(AnalysisError):
    """Nothing can be predicted from what was given; the message names the value and the next step."""
