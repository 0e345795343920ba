"""The stack of an LRU cache, compiled: a key is touched, and how deep it lay comes out, in logarithmic time.

Each access takes the next position of a line, and a key stands where it was last touched. A Fenwick tree over the
positions sums the sizes of what stands above it. When the line is full its gaps are closed.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.prediction.compiling import on_borrowed_arrays

Numbers = npt.NDArray[np.int64]

COLD = -1
"""The depth of a key that is not on the stack."""

_NONE = -1
_USED, _TOTAL = 0, 1
_SHORTEST_LINE = 1_024  # closing the gaps of a shorter one after every few accesses would cost more than it saves


class LruStack(NamedTuple):
    """The arrays of one stack; functions of this module change them in place.

    Attributes:
        tree: Fenwick tree over the positions, from 1.
        key_at: The key at each position, or -1.
        position: The position of each key, or -1.
        sizes: The size of each key.
        state: Positions used so far, and the sum of the sizes on the stack.
    """

    tree: Numbers
    key_at: Numbers
    position: Numbers
    sizes: Numbers
    state: Numbers


def empty_stack(sizes: Numbers, most_keys: int) -> LruStack:
    """Return a stack for keys 0 to ``sizes.size - 1``, of which at most `most_keys` stand on it at once."""
    line = max(_SHORTEST_LINE, 2 * most_keys)
    return LruStack(
        tree=np.zeros(line + 1, dtype=np.int64),
        key_at=np.full(line, _NONE, dtype=np.int64),
        position=np.full(sizes.size, _NONE, dtype=np.int64),
        sizes=sizes,
        state=np.zeros(2, dtype=np.int64),
    )


@on_borrowed_arrays
def touch(stack: LruStack, key: int) -> int:
    """Put a key on top; return the sizes from the top down to where it lay, its own included, or ``COLD``.

    A cache of that capacity is the smallest that still held it.

    References:
        Mattson, Gecsei, Slutz and Traiger, Evaluation techniques for storage hierarchies, IBM Systems Journal 9
        (1970). Bennett and Kruskal, LRU stack processing, IBM Journal of Research and Development 19 (1975), for
        the tree. Fenwick, A new data structure for cumulative frequency tables, Software: Practice and Experience
        24 (1994).
    """
    if stack.state[_USED] == stack.key_at.size:
        _close_gaps(stack)
    depth = COLD
    if stack.position[key] != _NONE:
        depth = stack.state[_TOTAL] - _sum_below(stack.tree, stack.position[key])
        remove(stack, key)
    here = stack.state[_USED]
    stack.state[_USED] = here + 1
    stack.state[_TOTAL] += stack.sizes[key]
    stack.key_at[here] = key
    stack.position[key] = here
    _add(stack.tree, here, stack.sizes[key])
    return depth


@on_borrowed_arrays
def remove(stack: LruStack, key: int) -> None:
    """Take a key off the stack, on which it must be."""
    here = stack.position[key]
    _add(stack.tree, here, -stack.sizes[key])
    stack.state[_TOTAL] -= stack.sizes[key]
    stack.key_at[here] = _NONE
    stack.position[key] = _NONE


@on_borrowed_arrays
def _add(tree: Numbers, position: int, size: int) -> None:
    node = position + 1
    while node < tree.size:
        tree[node] += size
        node += node & -node


@on_borrowed_arrays
def _sum_below(tree: Numbers, position: int) -> int:
    total = 0
    node = position
    while node > 0:
        total += tree[node]
        node -= node & -node
    return total


@on_borrowed_arrays
def _close_gaps(stack: LruStack) -> None:
    """Move what stands on the line together at its start, in order, and build the tree anew."""
    kept = 0
    stack.tree[:] = 0
    for here in range(stack.key_at.size):
        key = stack.key_at[here]
        if key != _NONE:
            stack.key_at[here] = _NONE
            stack.key_at[kept] = key
            stack.position[key] = kept
            stack.tree[kept + 1] = stack.sizes[key]
            kept += 1
    for node in range(1, stack.tree.size):
        above = node + (node & -node)
        if above < stack.tree.size:
            stack.tree[above] += stack.tree[node]
    stack.state[_USED] = kept
