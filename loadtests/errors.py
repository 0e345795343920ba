"""The errors of the load package.

LoadError
├── TraceError        a trace file that is missing, cut off or of another format
├── PopularityError   a popularity that does not parse
├── ValueSizesError   value sizes that do not parse
├── PresetError       a workload's name that is none
├── TargetError       a URL that cannot be driven, or that refuses
├── MasterError       an address at which no master can be, or is
├── WorkersError      workers that do not come, or of which none is left
└── DeliveryError     samples that did not arrive as they were sent
"""


class LoadError(Exception):
    """Base of everything the load package raises on purpose; its text is one sentence for the user."""


class TraceError(LoadError):
    """A trace file cannot be replayed."""


class PopularityError(LoadError):
    """A popularity is misspelt or has parameters out of range."""


class ValueSizesError(LoadError):
    """Value sizes are misspelt or have parameters out of range."""


class PresetError(LoadError):
    """There is no workload of that name."""


class TargetError(LoadError):
    """The service to be driven cannot be reached or is not plain HTTP."""


class MasterError(LoadError):
    """A worker has no master, or a master no address to listen at."""


class WorkersError(LoadError):
    """There are not the workers that were asked for."""


class DeliveryError(LoadError):
    """Samples were lost or changed between a worker and its master."""
