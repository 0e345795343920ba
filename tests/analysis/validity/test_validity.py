"""A run that nothing is wrong with has no caution; what is wrong has its test beside its check."""

from pathlib import Path

from analysis.cautions import State
from tests.analysis.changed import found
from tests.analysis.synthetic import THREE_READS, write_run


def test_a_good_run_has_no_caution(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", THREE_READS))
    assert results.cautions == ()
    assert results.state is State.VALID
