"""How large the cached values are taken to be."""

from dataclasses import dataclass

import numpy as np

from lab.commands.size_options import SizeOptions
from lab.errors import SizeError
from lab.size.memory import user_value_bytes
from lab.size.workload import Prepared, Ranks
from lab.stacks.embedded import TTL_S
from loadtests.value_sizes import INFO_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSizes:
    """Sizes of values, of which as many are taken as entries are asked for.

    Attributes:
        sizes_bytes: int64, at least one.
        text: what they are, in words.
        info_bytes: of the users whose entries in the stack are as large; None where no such users are made.
    """

    sizes_bytes: Ranks
    text: str
    info_bytes: int | None = None


def value_sizes(asked: SizeOptions, prepared: Prepared, ttl_s: float | None = None) -> ValueSizes:
    """Return the sizes that were given, or else the file's own, or else what data-service stores.

    Args:
        asked: the options.
        prepared: the workload.
        ttl_s: time to live of the entries, which data-service writes into them; None: the one that was asked for,
            or the stack's own.

    Raises:
        SizeError: what it stores for the read is not known.
    """
    as_stored = user_value_bytes(ttl_s or asked.ttl_s or TTL_S)
    if asked.value_bytes is not None:
        info_bytes = asked.value_bytes - (as_stored - INFO_BYTES)
        return ValueSizes(
            sizes_bytes=np.array([asked.value_bytes]),
            text=f"values of {asked.value_bytes:,} bytes",
            info_bytes=info_bytes if asked.read == "user" and info_bytes >= 0 else None,
        )
    if prepared.value_bytes is not None and prepared.value_bytes.any():
        sizes = prepared.value_bytes
        text = f"values of the sizes in it ({sizes.mean():,.0f} bytes on average)"
        return ValueSizes(sizes_bytes=sizes, text=text)
    if asked.read != "user":
        raise SizeError(
            f"how much the cache stores for the read {asked.read} depends on the data set; give --value-bytes"
        )
    text = f"values of {as_stored} bytes, as of GET /user/<name>"
    return ValueSizes(sizes_bytes=np.array([as_stored]), text=text, info_bytes=INFO_BYTES)
