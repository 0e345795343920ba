"""Was the machine the run's own? Processor time that went elsewhere, quotas, swap, and a clock that moves."""

from collections.abc import Iterator

from analysis import format as fmt
from analysis import thresholds
from analysis.cautions import Caution
from analysis.validity.evidence import LegEvidence


def nothing_stolen(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which the hypervisor gave processor time to other machines."""
    share = _share_of_cores(evidence, None if evidence.host is None else evidence.host.steal_s)
    if share is not None and share > thresholds.STEAL_RATIO:
        yield evidence.doubt(
            "steal",
            f"the hypervisor gave {fmt.share(share)} of the processors' time to others, more than "
            f"{fmt.share(thresholds.STEAL_RATIO)}",
            "Measure again when its neighbours are quiet, or on a machine with cores of its own.",
            figure=share,
            threshold=thresholds.STEAL_RATIO,
        )


def cores_free(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which there was nearly always somebody waiting for a core."""
    share = _share_of_time(evidence, None if evidence.host is None else evidence.host.pressure_s)
    if share is not None and share > thresholds.PRESSURE_RATIO:
        yield evidence.doubt(
            "cpu-pressure",
            f"for {fmt.share(share)} of the time something that could run waited for a core, more than "
            f"{fmt.share(thresholds.PRESSURE_RATIO)}: response times are in part the scheduler's",
            "Lower the rate, stop what else runs here, or send from another machine.",
            figure=share,
            threshold=thresholds.PRESSURE_RATIO,
        )


def not_throttled(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which a CPU quota held something back."""
    share = _share_of_time(evidence, None if evidence.host is None else evidence.host.throttled_s)
    if share is not None and share > thresholds.THROTTLED_RATIO:
        yield evidence.doubt(
            "throttled",
            f"a CPU quota held processes back for {fmt.share(share)} of the time, more than "
            f"{fmt.share(thresholds.THROTTLED_RATIO)}",
            "Raise the control group's cpu.max (Docker: --cpus), or lower the rate.",
            figure=share,
            threshold=thresholds.THROTTLED_RATIO,
        )


def not_swapping(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which memory went to or came from the disk."""
    host = evidence.host
    if host is None or host.swapped_pages is None or not host.seconds:
        return
    pages_rps = host.swapped_pages / host.seconds
    if pages_rps > thresholds.SWAPPED_PAGES_RPS:
        yield evidence.doubt(
            "swap",
            f"the machine swapped {host.swapped_pages:,} pages of memory in or out, {fmt.number(pages_rps)} a "
            f"second, more than {fmt.number(thresholds.SWAPPED_PAGES_RPS)}",
            "Free memory, or measure with a smaller data set.",
            figure=pages_rps,
            threshold=thresholds.SWAPPED_PAGES_RPS,
        )


def clock_steady(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg on processors whose frequency follows the load; a machine that does not say is not doubted."""
    governor = None if evidence.host is None else evidence.host.governor
    if governor in thresholds.UNSTEADY_GOVERNORS:
        yield evidence.doubt(
            "governor",
            f"the processors' frequency governor was {governor}, so the clock follows the load, which differs "
            "between the arms",
            "Set it to performance (cpupower frequency-set -g performance) and measure again.",
        )


def nobody_else_ran(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which programs that are no part of the run used the processors."""
    share = _share_of_cores(evidence, None if evidence.host is None else evidence.host.foreign_cpu_s)
    if share is not None and share > thresholds.FOREIGN_CPU_RATIO:
        yield evidence.doubt(
            "foreign-cpu",
            f"programs that are no part of the run used {fmt.share(share)} of the processors' time, more than "
            f"{fmt.share(thresholds.FOREIGN_CPU_RATIO)}",
            "Stop them (top shows which) and measure again.",
            figure=share,
            threshold=thresholds.FOREIGN_CPU_RATIO,
        )


def _share_of_cores(evidence: LegEvidence, cpu_s: float | None) -> float | None:
    host = evidence.host
    if host is None or cpu_s is None or not host.seconds or not host.cores:
        return None
    return cpu_s / (host.seconds * host.cores)


def _share_of_time(evidence: LegEvidence, spent_s: float | None) -> float | None:
    host = evidence.host
    return None if host is None or spent_s is None or not host.seconds else spent_s / host.seconds
