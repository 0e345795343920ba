"""The stages that a service states in Server-Timing, read for many answers at once.

A service sends `redis;dur=0.210, db;dur=3.400, render;dur=0.012, app;dur=4.100, start;desc="81234567890"`:
durations in milliseconds, and the moment of its monotonic clock when the work began, in nanoseconds.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

STAGES = ("redis", "db", "render", "app")
NS_PER_MS = 1e6
DURATION = r"\d{1,9}(?:\.\d{1,9})?"
MOMENT = r"\d{1,18}"
ONE_PASS = (
    "^"
    + "".join(rf"(?:{stage};dur=(?P<{stage}>{DURATION})(?:, |$))?" for stage in STAGES)
    + rf'(?:start;desc="(?P<start>{MOMENT})")?$'
)
"""The stages in the order in which this project's services state them."""


def stage_columns(lengths: npt.NDArray[Any], fields: bytes | bytearray, epoch_ns: int) -> dict[str, pa.Array]:
    """Return the columns redis_ns, db_ns, render_ns, app_ns and app_started_ns, null where a stage is absent.

    Args:
        lengths: bytes of each answer's field value, 0 where it had none.
        fields: the values, end to end.
        epoch_ns: zero point of app_started_ns.
    """
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(_ascii(bytes(fields)))]
    texts = pa.Array.from_buffers(pa.string(), len(lengths), buffers)
    found = _texts_of_stages(texts)
    columns = {f"{stage}_ns": _nanoseconds(found[stage]) for stage in STAGES}
    started = pc.cast(found["start"], pa.int64())
    return {**columns, "app_started_ns": pc.subtract(started, pa.scalar(epoch_ns, pa.int64()))}


def _ascii(fields: bytes) -> bytes:
    """Return fields that are valid text whatever a service sends; other bytes match nothing that is sought."""
    return fields if fields.isascii() else bytes(byte if byte < 128 else 0x3F for byte in fields)


def _texts_of_stages(texts: pa.Array) -> dict[str, pa.Array]:
    """Return the text of each stage's figure; empty texts are nulls."""
    found = pc.extract_regex(texts, ONE_PASS)
    if found.null_count:  # another service's order, or stages that are not known here
        return {stage: _searched(texts, f"{stage};dur=", DURATION) for stage in STAGES} | {
            "start": _searched(texts, 'start;desc="', MOMENT)
        }
    return {name: _null_if_empty(pc.struct_field(found, name)) for name in (*STAGES, "start")}


def _searched(texts: pa.Array, before: str, figure: str) -> pa.Array:
    found = pc.extract_regex(texts, rf"(?:^|,\s*){before}(?P<figure>{figure})")
    return pc.struct_field(found, "figure")


def _null_if_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _nanoseconds(texts: pa.Array) -> pa.Array:
    milliseconds = pc.cast(texts, pa.float64())
    return pc.cast(pc.round(pc.multiply(milliseconds, NS_PER_MS)), pa.int64())
