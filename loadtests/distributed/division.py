"""Divides a leg among workers: connections evenly, requests in turn."""

from dataclasses import replace

from loadtests.traffic import Leg


def divide(total: int, parts: int) -> list[int]:
    """Return `parts` numbers that add up to `total` and differ by one at most, the larger ones first."""
    share, remainder = divmod(total, parts)
    return [share + (index < remainder) for index in range(parts)]


def shares_of(leg: Leg, workers: int) -> list[Leg]:
    """Return each worker's share of the leg, for as many workers as have a connection in it.

    All draw the same schedule from the leg's seed; of its requests worker k of n sends k, k + n, k + 2n …, so
    that together they send what one worker would have sent. One without a connection could send nothing: with
    fewer connections than workers the first workers share the leg.
    """
    working = min(workers, leg.connections)
    return [
        replace(leg, connections=connections, share=(number, working))
        for number, connections in enumerate(divide(leg.connections, working))
    ]
