"""When the service looked into the cache for each read, and when it stored what it loaded, on the reads' clock."""

import pandas as pd

from analysis.parts import clocks_agree


def with_look_ups(answered: pd.DataFrame) -> pd.DataFrame:
    """Return reads in the order in which the cache was asked for them, with two more columns in whole ns.

    A busy service lets requests wait before it begins, and a busy generator lets answers wait: neither has a part
    in how long a key is being filled.

    Args:
        answered: Samples with an answer, columns as in :func:`analysis.samples.read_samples`.

    Returns:
        The same rows with asked_ns and stored_ns: when the service began and ended its work, where its clock can
        be set against the generator's (:func:`analysis.parts.clocks_agree`); where it cannot, as long before the
        answer as it says to have taken, and the answer; where it says nothing, when it was sent, and answered.
        The look-up itself lies somewhere within the service's work: where Redis is slow, well after asked_ns.
    """
    sent, done = answered["sent_ns"], answered["done_ns"]
    asked, stored = (done - answered["app_ns"]).fillna(sent), done
    if clocks_agree(answered):
        asked = answered["app_started_ns"].fillna(asked)
        stored = (answered["app_started_ns"] + answered["app_ns"]).fillna(stored)
    asked = asked.clip(lower=sent, upper=done)
    moments = answered.assign(asked_ns=asked, stored_ns=stored.clip(lower=asked, upper=done))
    return moments.sort_values("asked_ns", kind="stable")
