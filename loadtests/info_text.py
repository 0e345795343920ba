"""The text of a user's info: as many random characters as are wanted.

They are of the 64 of URL-safe base 64: neither PostgreSQL's compression nor anybody else's finds repeats in them,
so that a value's size is its size on disk, in the cache and on the wire.
"""

import numpy as np
import numpy.typing as npt

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)


def random_text(size_bytes: int, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return the characters (uint8, ASCII) of infos that stand one after the other."""
    text: npt.NDArray[np.uint8] = ALPHABET[
        np.frombuffer(random.bytes(size_bytes), dtype=np.uint8) & (len(ALPHABET) - 1)
    ]
    return text


def random_infos(sizes_bytes: npt.NDArray[np.int64], random: np.random.Generator) -> list[str]:
    """Return an info of each size."""
    ends_bytes = np.cumsum(sizes_bytes).tolist()
    text = random_text(ends_bytes[-1] if ends_bytes else 0, random).tobytes().decode()
    return [text[begin:end] for begin, end in zip([0, *ends_bytes], ends_bytes, strict=False)]
