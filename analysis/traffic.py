"""``run.json``'s parameters → text: which traffic was sent, and what it was sent for."""

from analysis import format as fmt
from analysis.manifest import Entry

_ARRIVALS = {
    "poisson": "Poisson, open loop",
    "constant": "constant, open loop",
    "pareto": "generalised Pareto gaps, burstier than Poisson's, open loop",
}


def describe_traffic(parameters: Entry) -> str:
    """Return the keys, the arrivals and the cache's time to live, a sentence each."""
    sentences = (
        _workload(parameters.get("workload")),
        f"Keys: {describe_popularity(parameters.get('popularity'))}.",
        f"Arrivals: {_arrivals(parameters)}.",
        f"Cache entries live {_time_to_live(parameters)}.",
        _writes(parameters),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def describe_popularity(popularity: Entry | None) -> str:
    """Return which key is asked for how often; parameters that are not known here stand as they are."""
    if popularity is None:
        return fmt.UNKNOWN
    kind = popularity.get("kind")
    try:
        words = _POPULARITIES.get(str(kind), _as_it_stands)(popularity)
    except KeyError:  # a run of another version
        words = _as_it_stands(popularity)
    return fmt.UNKNOWN if kind is None else words


def describe_dataset(dataset: Entry) -> str:
    """Return how many rows of what the data set has, and how large its values are."""
    amounts = {name: dataset.get(name) for name in ("users", "events", "items")}
    parts = [f"{amount:,} {name}" for name, amount in amounts.items() if amount is not None]
    exponent = dataset.get("item_exponent")
    return ", ".join(parts) + (f" of Zipf {exponent}" if exponent is not None else "") + _values(dataset)


def _values(dataset: Entry) -> str:
    spelling, values = dataset.get("value_sizes"), dataset.get("values")
    if spelling is None:
        return ""
    if values is None:
        return f"; values {spelling}"
    if values["mean_bytes"] == values["largest_bytes"]:
        return f"; values of {_bytes(values['largest_bytes'])}"
    cut = values.get("cut")
    law = "as in the trace" if spelling.startswith("trace:") else spelling
    return (
        f"; values {law}: {_bytes(values['mean_bytes'])} on average, half of them up to "
        f"{_bytes(values['median_bytes'])}, the largest {_bytes(values['largest_bytes'])}"
        + (f" (to which {fmt.count(cut)} were cut)" if cut else "")
    )


def _bytes(amount: float) -> str:
    return f"{amount:,.0f} bytes"


def _workload(workload: Entry | None) -> str:
    if workload is None:
        return ""
    note = workload.get("note")
    return (
        f"The workload is {workload['name']}, where no option says otherwise ({workload['source']}"
        + (f"; {note}" if note else "")
        + ")."
    )


def _trace(popularity: Entry) -> str:
    file, requests, keys = (popularity.get(name) for name in ("file", "requests", "distinct_keys"))
    return (
        f"replay of {file} ({fmt.count(requests)} requests for {fmt.count(keys)} keys{_bad_records(popularity)})"
    )


def _bad_records(popularity: Entry) -> str:
    if not popularity.get("skip_bad"):
        return ""
    bad = int(popularity.get("bad_records") or 0)
    return f"; {fmt.plural(bad, 'bad record')} left out" if bad else "; no bad record"


def _latest(popularity: Entry) -> str:
    inserts = popularity["inserts_per_1000_requests"]
    words = f"the newer the more, Zipf by recency, exponent {popularity['exponent']}"
    return f"{words}, {_number(inserts)} inserts in 1,000 requests" if inserts else words


def _as_it_stands(popularity: Entry) -> str:
    rest = [f"{name} {value}" for name, value in popularity.items() if name != "kind"]
    return ", ".join([str(popularity.get("kind")), *rest])


_POPULARITIES = {
    "uniform": lambda _: "all alike",
    "zipf": lambda law: f"Zipf, exponent {law['exponent']}",
    "ycsb-scrambled": lambda law: (
        f"YCSB's scrambled Zipf, exponent {law['exponent']} over 10¹⁰ items, hashed onto the keys"
    ),
    "hotspot": lambda law: (
        f"a hot spot: {fmt.share(law['requests_ratio'])} of the requests for {fmt.share(law['keys_ratio'])} of "
        "the keys, alike within and without"
    ),
    "latest": _latest,
    "drift": lambda law: (
        f"Zipf, exponent {law['exponent']}, whose ranking moves on by "
        f"{_number(law['keys_per_1000_requests'])} keys in 1,000 requests"
    ),
    "trace": _trace,
}


def _number(amount: float) -> str:
    return f"{amount:,.10g}"


def _writes(parameters: Entry) -> str:
    share, popularity = parameters.get("write_ratio"), parameters.get("popularity") or {}
    if not share:
        return ""
    whose = "of the trace's records" if popularity.get("writes") else "of the requests, beside the reads,"
    return (
        f"{fmt.share(share)} {whose} write through user-service; in the cached arm that deletes the user's "
        "entries, in the uncached arm nothing, since without a cache there is none to tell."
    )


def _arrivals(parameters: Entry) -> str:
    connections = parameters.get("connections")
    name = str(parameters.get("arrivals", fmt.UNKNOWN))
    kind = _ARRIVALS.get(name, name)
    if name == "trace":
        speed = parameters.get("speed") or 1.0
        kind = "as the trace has them, " + ("as recorded" if speed == 1 else f"{_number(speed)} times as fast")
        kind += ", open loop"
    return kind if connections is None else f"{kind}, over {fmt.plural(int(connections), 'connection')}"


def _time_to_live(parameters: Entry) -> str:
    ttl_s, jitter = parameters.get("ttl_s"), parameters.get("ttl_jitter_ratio")
    return fmt.span(ttl_s) + (f", give or take {fmt.share(jitter)}" if jitter else "")
