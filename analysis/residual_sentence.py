"""A difference of measured and predicted → the sentence that says whose it is, the traffic's or the server's."""

from analysis import format as fmt

_DEVIATIONS = 4.0
"""Replays may fall out otherwise than evenly around their mean: by Chebyshev, one in sixteen lies beyond."""


def attribute(
    *,
    measured: float,
    replayed: float,
    residual: float,
    traffic: str,
    server: str,
    aside: str = "",
    spread: float | None = None,
) -> str:
    """Say where a difference of a share comes from: replayed, the very requests tell the two apart.

    Args:
        measured: The share that was measured.
        replayed: What the requests that were sent come to by the model of the server.
        residual: Measured less predicted.
        traffic: In what the traffic may differ from what the law supposes.
        server: What the server does if the difference is its own.
        aside: What is to be known of the requests, as a clause.
        spread: Standard deviation of replays that differ in what the server draws at random; None for one replay.
    """
    come_to = f"The requests that were sent{aside} come to {fmt.share(replayed)} when they are replayed"
    if spread is not None and abs(residual) / 2 < abs(measured - replayed) <= _DEVIATIONS * spread:
        return (
            f"{come_to}, give or take {fmt.points(_DEVIATIONS * spread)} by what the server draws at random: so "
            "great a difference may come by that alone."
        )
    if abs(measured - replayed) <= abs(residual) / 2:
        return (
            f"{come_to}: it is the traffic, {traffic}, that differs from a settled one, not the server from its "
            "model."
        )
    return f"{come_to}, so most of it is the server's: {server}."
