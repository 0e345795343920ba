"""The errors of the lab: expected failures, each one sentence for the user, exit code 1.

LabError
├── StackError        a server or service that does not start, stop or answer
├── DatasetError      a database that cannot or must not be filled
├── GeneratorError    the process that makes the load failed
├── RunFolderError    a run folder that cannot be written
└── SizeError         a size that cannot be sought, or confirmed
"""


class LabError(Exception):
    """Base of everything the lab raises on purpose; its text names the thing and the next step."""


class StackError(LabError):
    """A part of the stack did not start or does not answer."""


class DatasetError(LabError):
    """The data set cannot be put into the database."""


class GeneratorError(LabError):
    """The load could not be made."""


class RunFolderError(LabError):
    """The results have nowhere to go."""


class SizeError(LabError):
    """A size cannot be sought, or not be confirmed."""
