"""From a run folder to what people look at: results, report, index, and the verdict on the terminal.

Imported where it is needed and not before: pandas, SciPy and matplotlib take a second to load, which neither
`--help` nor a mistyped option should cost.
"""

from pathlib import Path

from analysis.cautions import State
from analysis.index import write_index
from analysis.report import write_report
from analysis.results import Results
from lab.run_folder import point_latest_at
from lab.verdict_text import print_verdict

__all__ = ["Results", "State", "print_verdict", "publish"]


def publish(folder: Path, *, latest: bool) -> Results:
    """Write the results and the report of a run, and the index of all runs.

    Raises:
        AnalysisError: the folder is not a run, or cannot be written to.
    """
    results = write_report(folder)
    if latest:
        point_latest_at(folder)
    if (folder.parent / "latest").is_symlink():  # a reports folder; a run elsewhere is nobody's to index
        write_index(folder.parent)
    return results
