"""Where labels go, so that none covers another."""

from collections.abc import Sequence


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move positions apart until neighbours are ``gap`` apart, as little as possible, in the order given.

    References:
        Pool-adjacent-violators, as in isotonic regression: Barlow et al., Statistical Inference under Order
        Restrictions (1972).
    """
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    # Each pool holds neighbours that touch: the mean of where its first label wants to be, and its size.
    pools: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        pools.append((positions[index] - rank * gap, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (left, many), (right, more) = pools[-2:]
            pools[-2:] = [((left * many + right * more) / (many + more), many + more)]
    anchors = [anchor for anchor, size in pools for _ in range(size)]
    moved = {index: anchors[rank] + rank * gap for rank, index in enumerate(order)}
    return [moved[index] for index in range(len(positions))]
