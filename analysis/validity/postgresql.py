"""Did PostgreSQL work for the reads alone, from memory, and with connections to spare?"""

from collections.abc import Iterator

from analysis import format as fmt
from analysis import thresholds
from analysis.cautions import Caution
from analysis.validity.evidence import LegEvidence


def nobody_else_queried(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which a good part of the database's work was for others."""
    postgresql, seconds = evidence.postgresql, evidence.leg.seconds
    other_ms = None if postgresql is None else postgresql.other_exec_time_ms
    if postgresql is None or other_ms is None or postgresql.exec_time_ms is None or seconds <= 0:
        return
    floor_ms = 1000 * seconds * thresholds.FOREIGN_STATEMENTS_FLOOR_RATIO
    whole_ms = other_ms + postgresql.exec_time_ms + (postgresql.write_exec_time_ms or 0.0)
    if other_ms > floor_ms and other_ms / whole_ms > thresholds.FOREIGN_STATEMENTS_RATIO:
        calls = "" if postgresql.other_calls is None else f"{postgresql.other_calls:,} calls of "
        yield evidence.doubt(
            "foreign-statements",
            f"{calls}other statements took {fmt.duration(other_ms / 1000)} of PostgreSQL's time, "
            f"{fmt.share(other_ms / whole_ms)} of all, more than "
            f"{fmt.share(thresholds.FOREIGN_STATEMENTS_RATIO)}",
            "Something else used this database during the block (pg_stat_statements shows what); stop it.",
            figure=other_ms / whole_ms,
            threshold=thresholds.FOREIGN_STATEMENTS_RATIO,
        )


def no_checkpoint(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which PostgreSQL wrote its memory to the disk."""
    checkpoints = None if evidence.postgresql is None else evidence.postgresql.checkpoints
    if checkpoints:
        yield evidence.doubt(
            "checkpoint",
            f"PostgreSQL finished {fmt.plural(checkpoints, 'checkpoint')}, whose writes compete with the reads",
            "Run CHECKPOINT before measuring, and stop what writes to the database.",
            figure=float(checkpoints),
            threshold=0.0,
        )


def no_autovacuum(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which PostgreSQL tidied a table."""
    runs = None if evidence.postgresql is None else evidence.postgresql.autovacuums
    if runs:
        yield evidence.doubt(
            "autovacuum",
            f"autovacuum cleaned or analysed {fmt.plural(runs, 'table')}, which reads whole tables and may change "
            "a statement's plan",
            "Run VACUUM (ANALYZE) before measuring, and stop what writes to the database.",
            figure=float(runs),
            threshold=0.0,
        )


def blocks_in_memory(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which the price of the read was in part that of fetching its blocks."""
    postgresql = evidence.postgresql
    if postgresql is None or postgresql.blocks_hit is None or postgresql.blocks_read is None:
        return
    asked = postgresql.blocks_hit + postgresql.blocks_read
    if asked and postgresql.blocks_read / asked > thresholds.COLD_BLOCKS_RATIO:
        yield evidence.doubt(
            "cold-blocks",
            f"{postgresql.blocks_read:,} of {asked:,} blocks ({fmt.share(postgresql.blocks_read / asked)}) were "
            f"not in PostgreSQL's memory, more than {fmt.share(thresholds.COLD_BLOCKS_RATIO)}",
            "Raise shared_buffers above the size of the data set, or warm up for longer.",
            figure=postgresql.blocks_read / asked,
            threshold=thresholds.COLD_BLOCKS_RATIO,
        )


def connections_left(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which PostgreSQL came near to the number of connections it allows."""
    postgresql = evidence.postgresql
    if postgresql is None or postgresql.connections is None or not postgresql.connections_limit:
        return
    share = postgresql.connections / postgresql.connections_limit
    if share > thresholds.CONNECTIONS_RATIO:
        yield evidence.doubt(
            "connections",
            f"PostgreSQL had {postgresql.connections:,} connections open, {fmt.share(share)} of the "
            f"{postgresql.connections_limit:,} that it allows",
            "Raise max_connections, or stop what else connects to it.",
            figure=share,
            threshold=thresholds.CONNECTIONS_RATIO,
        )
