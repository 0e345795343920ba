"""Every number that a judgement hangs on, in one place; the report states those it used.

A ratio is a share from 0 to 1. Judged is what was measured during a leg: one arm's turn in a block.
"""

CONFIDENCE = 0.95
"""Coverage of every interval, two-sided."""

WORTHWHILE_RATIO = 1.10
"""A cache pays when the whole interval of its speed-up lies above this: a tenth, for what it costs to run."""

# --- completeness

MINIMUM_BLOCKS = 6
"""Fewer blocks give an interval that is shown, but cautioned against."""

SEQUENTIAL_BLOCKS = 8
"""Fewest blocks where a rule stops the run as soon as its interval is narrow: with fewer, coverage suffers."""
LEFT_OUT_RATIO = 0.5
"""Share of a read's blocks that may be left out: with more than half gone, those that remain were picked by
whatever spoiled the others."""

MINIMUM_KEPT_BLOCKS = 2
"""Blocks that must remain when others are left out: one gives no interval."""

FAILURES_INVALID_RATIO = 0.01
"""Failed requests, as a share of all, from which a run says nothing any more."""

# --- the generator

ACHIEVED_RATIO = 0.95
"""Answers by the end of a block's schedule, as a share of the requests that were due by then."""

WAIT_S, WAIT_RATIO = 0.00005, 0.10
"""By how much a response time must exceed the service time, both as time and as a share, for the two to be drawn
side by side: less than a tenth is not seen on a logarithmic axis."""

LAG_FLOOR_S = 0.001
"""A lag of this much at p99 is let pass whatever is compared."""

LAG_SHARE_RATIO = 0.10
"""Lag at p99, as a share of the same arm's p99 response time (p95 or p50 where that is refused), above which the
generator is part of the answer."""

WORKER_CPU_RATIO = 0.90
"""CPU time of one generator process, as a share of one core: a single thread has no more than one, and from nine
tenths on its own queue is as long as what it measures (1 / (1 - 0.9): ten services' time)."""

RUN_DELAY_RATIO = 0.20
"""Share of a leg in which a generator process could run and waited for a core. Of the requests that came due in
that time each left late, so this is also the share of requests that bear a wait which is nobody's but the
machine's. Generator and servers share the cores by design: on two cores, nothing else running and the dearest
traffic of the quick profile (3,700 requests a second), 0.07 to 0.15 was seen, and 0.2 to 0.35 as soon as another
program took a core. Whether it harmed the figures is the lag's to say; this says why."""

OPEN_FILES_RATIO = 0.80
"""Open descriptors as a share of the limit: a burst that opens a quarter more would fail for want of them."""

GC_PAUSE_FLOOR_S = LAG_FLOOR_S
"""A pause of the generator's garbage collector is let pass up to here, as is a lag."""

GC_PAUSE_SHARE_RATIO = LAG_SHARE_RATIO
"""The longest such pause as a share of the arm's p99: requests that came due in it left late by as much."""

RECONNECTS_RATIO = 0.01
"""Connections opened in a leg as a share of its requests. Connections are kept from leg to leg, so none is the
rule; from a hundredth on, the p99 is that of a handshake."""

# --- the host

STEAL_RATIO = 0.02
"""CPU time that the hypervisor gave to others, as a share of all cores' time. A kernel counts it in hundredths of
a second, so that a leg of a second on two cores can tell no less than half of this."""

PRESSURE_RATIO = 0.75
"""Share of a leg in which something runnable waited for a core (PSI, ``some``). That the servers wait for each
other is part of what is measured, in both arms: with c cores that are busy for a share u of the time, somebody
waits for P(more than c at work), which for two cores (M/M/2) is 0.40 at u = 0.7, 0.57 at 0.8 and 0.77 at 0.9. Half
of an arm's capacity makes two cores about 0.8 busy; 0.41 to 0.61 was seen there, and 0.85 to 0.99 with another
program on one core. So up to 0.75 the machine is as busy as it was meant to be. With more cores the same pressure
means a busier machine, so nothing is doubted there for less."""

THROTTLED_RATIO = 0.01
"""Share of a leg in which a control group was held back by its CPU quota. A hundredth of the time is enough to
own the p99."""

SWAPPED_PAGES_RPS = 10.0
"""Pages swapped in or out a second. Fewer are a sleeper's memory being put away; each one read back is a read from
a disk in the middle of somebody's request."""

UNSTEADY_GOVERNORS = frozenset({"powersave", "ondemand", "conservative", "schedutil"})
"""Frequency governors that follow the load: the slower arm heats the clock up, and the two arms are measured on
different processors. ``performance`` does not, and a machine that does not say is not doubted."""

FOREIGN_CPU_RATIO = 0.10
"""CPU time used by what is neither stack nor generator nor lab, as a share of all cores' time: a fifth of a core
on two. A quiet system's own chores take a hundredth or two."""

# --- Redis

EVICTED_RATIO = 0.01
"""Entries evicted where none should be, as a share of those that the cache holds: the hit ratio loses at most as
much. A few may go although nobody stores anything, since the lab's own questions need buffers."""

EXPIRED_RATIO = 0.01
"""Entries that expired in a leg, as a share of its requests. Each costs at most one miss, so this is what
the hit ratio owes to the TTL rather than to the cache's size."""

MEMORY_RATIO = 1.05
"""Memory in use at a leg's end over ``maxmemory``. Redis makes room before each command and not after, so it ends
an answer or two above; by a twentieth it has stopped making room."""

# --- PostgreSQL

FOREIGN_STATEMENTS_RATIO = 0.10
"""Time of other statements as a share of all statements' time: a tenth of the database's work was not the
read's."""

FOREIGN_STATEMENTS_FLOOR_RATIO = 0.01
"""Time of other statements as a share of the leg, up to which they are let pass: an arm that hardly asks
PostgreSQL at all would otherwise be doubted for a health check."""

COLD_BLOCKS_RATIO = 0.01
"""Blocks that were not in shared buffers, as a share of those asked for. Read from the system's cache one takes
tens of microseconds, from a disk hundreds, where a block in memory takes one or less: a hundredth doubles the
time."""

CONNECTIONS_RATIO = 0.80
"""Connections open as a share of those that PostgreSQL allows: the next to ask may be refused."""

# --- the cache's state

DRIFT_RATIO = 0.05
"""Difference of the hit ratio between the first and the last third of the blocks."""

DRIFT_WITHIN_RATIO = 0.10
"""Difference of the hit ratio between what came before and after some moment of a leg. Twice the drift between
blocks, since a leg has few requests."""

DRIFT_WITHIN_ERRORS = 4.0
"""The same difference in its standard errors. At three, chance alone would doubt one run in six: it has 24
legs to look at and three moments in each. At four, one in two hundred."""

# --- saturation

SATURATION_RATIO = 0.70
"""Offered rate over an arm's capacity: above it a latency is mostly a queue's."""

# --- capacity

CENSORED_RATIO = 0.25
"""Share of an arm's blocks that may keep the objective at every rate, or at none: with more of them the mean over
blocks would be that of the rates that were tried, not of the arm."""

HIT_RATIO_RANGE = 0.05
"""Difference between the highest and the lowest hit ratio over the rates of a search for capacity; as much as it
may drift over the blocks of a comparison."""

BUSY_RATIO = SATURATION_RATIO
"""CPU time as a share of what a server, or the machine, may use; threads that are taken, as a share of all. An
objective for the tail breaks long before anything is used up: at 0.7 of two cores the p99 of the wait for one is
7 services' time, at 0.8 it is 11 (M/M/2). So from here on it is called the limit."""

# --- sizing

RESIDUAL_RATIO = 0.02
"""Hit ratio measured less predicted, beyond which the difference gets a sentence of its own: two points are what
moves a database's load by a tenth at a hit ratio of 80 %. A share of stale answers is held to the same."""

# --- freshness

UNTOLD_VERSIONS_RATIO = 0.01
"""Answers that failed or do not say their version, as a share of all: by as much the share of stale ones may be
off."""

LIFETIMES_MEASURED = 2.0
"""Times to live that the legs of a cell must last together: in fewer, few entries are seen from fill to end."""

SLOW_ANSWER_RATIO = 0.10
"""Response time at p99, as a share of the time to live. What a read or a write meets is decided somewhere between
its start and its end: by a tenth of an entry's life nothing that is said of its age is sharper."""

# --- waterfall

CLOCK_MISFITS_RATIO = 0.001
"""Answers whose work, by the service's clock, lies outside of sending and answer by the generator's, as a share of
all; above it the two clocks are not compared."""
