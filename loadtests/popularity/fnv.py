"""The hash FNV-1a of 64-bit integers, as YCSB has it."""

import numpy as np
import numpy.typing as npt

OFFSET_BASIS = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
OCTETS = 8


def fnv_1a_64(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the FNV-1a hashes (uint64) of the eight octets of each number, the lowest octet first.

    References:
        Fowler, Noll, Vo and Eastlake, The FNV Non-Cryptographic Hash Algorithm, draft-eastlake-fnv;
        YCSB, `Utils.fnvhash64`.
    """
    hashes = np.full(len(numbers), OFFSET_BASIS)
    for octet in range(OCTETS):
        hashes ^= (numbers >> np.uint64(8 * octet)) & np.uint64(0xFF)
        hashes *= PRIME  # modulo 2^64, as it is meant
    return hashes
