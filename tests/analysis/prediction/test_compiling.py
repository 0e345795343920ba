import os

import numba
import numpy as np
import pytest

from analysis.prediction.compiling import forget_stale_builds, on_borrowed_arrays


@pytest.mark.parametrize(("edited_s", "kept"), [(50, True), (150, False)])
def test_builds_older_than_any_module_are_forgotten(tmp_path, edited_s, kept):
    (tmp_path / "__pycache__").mkdir()
    build, module, other = tmp_path / "__pycache__" / "a.f-1.nbi", tmp_path / "a.py", tmp_path / "b.py"
    for file, age_s in ((build, 100), (module, 10), (other, edited_s)):
        file.touch()
        os.utime(file, (age_s, age_s))
    forget_stale_builds(tmp_path)
    assert build.exists() == kept
    assert module.exists()


def test_a_function_that_makes_an_array_is_refused():
    @on_borrowed_arrays
    def makes_one():
        return np.zeros(3)

    with pytest.raises(numba.core.errors.NumbaError):
        makes_one()
