from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.size.goal import parse_goal
from analysis.size.workload import Workload
from lab.commands.size_options import SizeOptions
from lab.errors import SizeError
from lab.size.memory import user_value_bytes
from lab.size.values import value_sizes
from lab.size.workload import Prepared
from lab.stacks.embedded import TTL_S
from loadtests.value_sizes import INFO_BYTES

USER_VALUE_BYTES = user_value_bytes(TTL_S)


def asked(**changed: Any) -> SizeOptions:
    options: dict[str, Any] = dict.fromkeys(SizeOptions.__slots__)
    options |= {"goals": (parse_goal("hit_ratio>=0.5"),), "popularity": "uniform", "keys": 10, "policies": ()}
    options |= {"margin_points": 0.0, "read": "user", "profile_name": "quick", "stack_kind": "embedded", "seed": 1}
    return SizeOptions(**{**options, "reports": Path("reports"), **changed})


def prepared(value_bytes: list[int] | None = None) -> Prepared:
    return Prepared(
        source="some requests",
        workload=Workload(ranks=np.array([0]), distinct_keys=1, requests=1, rate_rps=1.0),
        rate_source="option",
        value_bytes=None if value_bytes is None else np.array(value_bytes),
    )


@pytest.mark.parametrize(
    ("given", "size_bytes", "info_bytes"),
    [
        (None, USER_VALUE_BYTES, INFO_BYTES),
        (USER_VALUE_BYTES + 80, USER_VALUE_BYTES + 80, INFO_BYTES + 80),
        (10, 10, None),
    ],
)
def test_values_stand_for_the_users_whose_entries_are_as_large(
    given: int | None, size_bytes: int, info_bytes: int | None
) -> None:
    values = value_sizes(asked(value_bytes=given), prepared())
    assert (values.sizes_bytes.tolist(), values.info_bytes) == ([size_bytes], info_bytes)


def test_a_files_own_sizes_go_before_the_default_and_after_those_given() -> None:
    own = prepared([30, 0, 70])
    assert value_sizes(asked(), own).sizes_bytes.tolist() == [30, 0, 70]
    assert value_sizes(asked(), own).info_bytes is None
    assert value_sizes(asked(value_bytes=5), own).sizes_bytes.tolist() == [5]
    assert value_sizes(asked(), prepared([0, 0])).sizes_bytes.tolist() == [USER_VALUE_BYTES]


def test_a_longer_time_to_live_takes_more_digits() -> None:
    (size_bytes,) = value_sizes(asked(), prepared(), ttl_s=86_400.0).sizes_bytes
    assert size_bytes == USER_VALUE_BYTES + len("95040000") - len("330000")


def test_what_other_reads_store_must_be_said() -> None:
    with pytest.raises(SizeError, match="--value-bytes"):
        value_sizes(asked(read="similar"), prepared())
    assert value_sizes(asked(read="similar", value_bytes=600), prepared()).info_bytes is None
