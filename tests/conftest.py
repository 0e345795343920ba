"""Which tests may run side by side: those of the analysis, which compute and touch nothing that others measure."""

from pathlib import Path

import pytest

COMPUTING = Path(__file__).parent / "analysis"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have all other tests run one after the other, in one process: they start servers, and watch the machine."""
    for item in items:
        if COMPUTING not in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("machine"))
