"""The words of the report, for whoever meets them for the first time."""

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("hit", "an answer taken from the cache; PostgreSQL was not asked."),
    ("miss", "an answer that the cache did not hold: PostgreSQL was asked, and the answer was stored."),
    ("bypass", "an answer for which the cache was neither read nor written. The uncached arm is made of these."),
    ("hit ratio", "hits as a share of hits and misses."),
    ("arm", "one of the things compared: here, the same service with its cache and without it."),
    (
        "block",
        "a stretch of the run in which each arm meets the same requests at the same intended times, in an order "
        "drawn at random. It is the unit of every estimate: requests within a block resemble each other, blocks "
        "do not.",
    ),
    ("working set", "the keys that the traffic asks for. What does not fit into the cache is missed."),
    (
        "open loop",
        "requests leave when they are due, whether or not earlier ones were answered, as those of independent "
        "users do. In a closed loop a slow answer holds up the next request and so hides its own effect.",
    ),
    (
        "response time",
        "from the moment a request was due to its answer: what a user waits. Every time in this report is one "
        "unless it says otherwise.",
    ),
    ("service time", "from the moment a request was really sent to its answer, without the wait before."),
    (
        "lag",
        "from the moment a request was due to the moment it left: a wait for the generator or a free connection.",
    ),
    (
        "network out and queue before the service",
        "from the moment a request was sent to the moment the service began its work on it: the network, the "
        "acceptance of the request, and the wait for a free thread.",
    ),
    (
        "serialising",
        "the service's work on turning what it has read into JSON, and into the answer's body and headers.",
    ),
    (
        "rest of the service",
        "its time outside of Redis, PostgreSQL and serialising: its framework, routing and caching strategy.",
    ),
    (
        "network back and wake-up of the generator",
        "from the moment the service handed its answer back to the moment the generator took it in.",
    ),
    ("p50, p95, p99", "the time within which 50, 95 or 99 of 100 requests were answered; p99.9: 999 of 1,000."),
    (
        "interval",
        "the range in brackets. Of 100 such runs, about 95 would give a range that holds the true value.",
    ),
    (
        "sign-flip p",
        "how often so great a difference would come out if the arms did not differ and chance alone gave each "
        "block's ratio its direction: counted over all directions, without any assumption on how ratios spread.",
    ),
    (
        "speed-up",
        "the time without the cache over the time with it; below 1 the cache slows the read. It is the geometric "
        "mean of the ratio in each block.",
    ),
    ("price of a read", "PostgreSQL's own time for one call, as pg_stat_statements counts it."),
    (
        "stale",
        "said of an answer that lacks a write which had been made by the time that it was asked for; fresh is one "
        "that lacks none.",
    ),
    ("age of a stale answer", "the time since the first write that it lacks, when it came."),
    (
        "time to live (TTL)",
        "how long the cache keeps an answer; it bounds the age of a stale one. Under invalidation a write deletes "
        "what is kept of its user before that.",
    ),
    ("warm-up", "traffic before the first block that fills the cache, until its hit ratio has settled."),
    (
        "capacity",
        "the highest rate that an arm reached in a ramp, in a closed loop; where an objective is named, the "
        "highest rate that keeps it, in an open loop.",
    ),
)
