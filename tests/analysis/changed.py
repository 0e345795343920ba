"""Run folders that are changed after they were written, so that a check has something to find."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from analysis.cautions import Caution
from analysis.results import Results, analyse
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, read_rows, write_manifest, write_samples

Rows = Callable[[pd.DataFrame], pd.DataFrame]
Entry = Callable[[dict[str, Any]], None]


def found(folder: Path, *, rows: Rows | None = None, entry: Entry | None = None) -> Results:
    """Analyse a run folder after changing its samples or its run.json."""
    if rows is not None:
        write_samples(folder, rows(read_rows(folder).astype({"outcome": str})))
    if entry is not None:
        changed = read_manifest_entry(folder)
        entry(changed)
        write_manifest(folder, changed)
    return analyse(read_run(folder))


def add_writes(folder: Path, *, every: int = 20) -> None:
    """Add writes beside the reads of every leg, one for so many of them, each a new version of its user."""
    rows = read_rows(folder).astype({"outcome": str, "operation": str})
    writes = rows.iloc[::every].assign(
        operation="write", outcome="unknown", version=range(2, 2 + len(rows[::every]))
    )
    write_samples(folder, pd.concat([rows, writes], ignore_index=True))
    entry = read_manifest_entry(folder)
    for leg in entry["legs"]:
        count = int((writes["leg"] == leg["leg"]).sum())
        leg.update(writes=count, write_rate_rps=leg["offered_rate_rps"] / every)
        if leg["counters"]["redis"]["commands"]:
            leg["counters"]["redis"]["commands"]["del"] = count
        leg["counters"]["postgresql"].update(write_calls=count, write_exec_time_ms=50.0 * count)
    write_manifest(folder, entry)


def only(results: Results, code: str) -> Caution:
    cautions = [caution for caution in results.cautions if caution.code == code]
    assert len(cautions) == 1, [caution.code for caution in results.cautions]
    return cautions[0]


def alter_one_answer(folder: Path, by_ns: int, row: int = 200) -> Path:
    """Make one measured answer come later, and write its file as it was written before."""
    file = folder / "samples" / "worker-0.parquet"
    table = parquet.read_table(file)
    measured = [place for place, phase in enumerate(table.column("phase").to_pylist()) if phase == "measure"]
    done_ns = table.column("done_ns").to_pylist()
    done_ns[measured[row]] += by_ns
    place = table.column_names.index("done_ns")
    parquet.write_table(table.set_column(place, "done_ns", pa.array(done_ns, pa.int64())), file)
    return file
