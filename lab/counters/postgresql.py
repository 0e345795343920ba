"""PostgreSQL's own counters, without the statements that the lab itself runs in order to read them."""

from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - the library's class, named as one

from lab.counters.difference import Number, difference

# What the checkpointer did, and how many blocks it wrote: a checkpoint may write for minutes before it is counted.
# By version, newest first; before 18 those that had nothing to do count too.
CHECKPOINTER = (
    (180_000, "SELECT num_done AS done, buffers_written AS written FROM pg_stat_checkpointer"),
    (170_000, "SELECT num_timed + num_requested AS done, buffers_written AS written FROM pg_stat_checkpointer"),
    (0, "SELECT checkpoints_timed + checkpoints_req AS done, buffers_checkpoint AS written FROM pg_stat_bgwriter"),
)
# A statement is counted once it has ended, so those under way are added: one that takes longer than a leg would be
# in none. The read's are not among them, since no leg is under way when this is read; nor are utility commands,
# which are not counted afterwards.
# Blocks are those of statements, not of pg_stat_database, into which a session may bring its own a second late.
# Catalogs are left out of what autovacuum did: a few hundred rows, minutes after a schema was made.
# Others' statements count in every database of the server: they all share its cores. What others than a
# superuser may not read of them is their text, not their numbers.
COUNTERS = r"""
WITH statements AS (
    SELECT calls, total_exec_time, shared_blks_hit, shared_blks_read,
        datname = current_database() AND coalesce(query, '') LIKE %(own)s AS of_read,
        datname = current_database() AND coalesce(query, '') LIKE '%%/* write:%%' AS of_write,
        coalesce(query, '') LIKE ANY (ARRAY['%%/* lab */%%', '%%/* health */%%']) AS of_nobody
    FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
), under_way AS (
    SELECT 1000 * extract(epoch FROM clock_timestamp() - query_start) AS exec_time_ms
    FROM pg_stat_activity
    WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND query ~* '^\s*(/\*.*?\*/\s*)?(select|with|insert|update|delete|merge|execute|values|table)\M'
), checkpointer AS ({checkpointer})
SELECT /* lab */
    coalesce(sum(calls) FILTER (WHERE of_read), 0)::bigint,
    coalesce(sum(total_exec_time) FILTER (WHERE of_read), 0)::float8,
    coalesce(sum(calls) FILTER (WHERE of_write), 0)::bigint,
    coalesce(sum(total_exec_time) FILTER (WHERE of_write), 0)::float8,
    coalesce(sum(calls) FILTER (WHERE NOT (of_read OR of_write OR of_nobody)), 0)::bigint,
    coalesce(sum(total_exec_time) FILTER (WHERE NOT (of_read OR of_write OR of_nobody)), 0)::float8
        + (SELECT coalesce(sum(exec_time_ms), 0) FROM under_way)::float8,
    coalesce(sum(shared_blks_hit) FILTER (WHERE NOT of_nobody), 0)::bigint,
    coalesce(sum(shared_blks_read) FILTER (WHERE NOT of_nobody), 0)::bigint,
    (SELECT done FROM checkpointer)::bigint,
    (SELECT written FROM checkpointer)::bigint,
    (SELECT coalesce(sum(pg_stat_get_vacuum_count(oid) + pg_stat_get_autovacuum_count(oid)
        + pg_stat_get_analyze_count(oid) + pg_stat_get_autoanalyze_count(oid)), 0)
        FROM pg_class WHERE relkind IN ('r', 'm')
            AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace))::bigint,
    (SELECT sum(numbackends) FROM pg_stat_database)::bigint,
    current_setting('max_connections')::bigint
FROM statements
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlCounters:
    """What PostgreSQL had counted at one moment, or between two; connections as they were at the (second) one.

    Attributes:
        calls: executions of the statement of one read, likewise `exec_time_ms`.
        write_calls: executions of user-service's writes, likewise `write_exec_time_ms`.
        other_calls: executions of all other statements but the lab's and health checks; None when the server
            has forgotten some.
        other_exec_time_ms: their time, with what those under way have taken so far.
        blocks_hit: blocks that statements found in shared memory.
        blocks_read: blocks that they did not.
        checkpoints: that were made; between two moments at least 1 when one was being written.
        checkpoint_blocks: blocks that they wrote.
        autovacuums: tables of this database, catalogs apart, that were vacuumed or analysed, on their own or by
            command.
        connections: sessions of all databases, the lab's one included.
    """

    calls: int
    exec_time_ms: float
    write_calls: int
    write_exec_time_ms: float
    other_calls: int | None
    other_exec_time_ms: float | None
    blocks_hit: int | None
    blocks_read: int | None
    checkpoints: int | None
    checkpoint_blocks: int | None
    autovacuums: int | None
    connections: int | None
    connections_limit: int | None

    def since(self, earlier: "PostgresqlCounters") -> "PostgresqlCounters":
        """Return what came after `earlier`."""
        others = _grown(self.other_calls, earlier.other_calls)
        time_ms = difference(self.other_exec_time_ms, earlier.other_exec_time_ms)
        checkpoints = difference(self.checkpoints, earlier.checkpoints)
        checkpoint_blocks = difference(self.checkpoint_blocks, earlier.checkpoint_blocks)
        return PostgresqlCounters(
            calls=self.calls - earlier.calls,
            exec_time_ms=self.exec_time_ms - earlier.exec_time_ms,
            write_calls=self.write_calls - earlier.write_calls,
            write_exec_time_ms=self.write_exec_time_ms - earlier.write_exec_time_ms,
            other_calls=others,
            other_exec_time_ms=None if others is None or time_ms is None else max(0.0, time_ms),
            blocks_hit=_grown(self.blocks_hit, earlier.blocks_hit),
            blocks_read=_grown(self.blocks_read, earlier.blocks_read),
            checkpoints=1 if checkpoint_blocks and not checkpoints else checkpoints,
            checkpoint_blocks=checkpoint_blocks,
            autovacuums=difference(self.autovacuums, earlier.autovacuums),
            connections=self.connections,
            connections_limit=self.connections_limit,
        )


def read_postgresql(database: Connection, operation: str) -> PostgresqlCounters | None:
    """Return PostgreSQL's counters of now, those of statements for one read; None where the lab may not ask.

    Raises:
        psycopg2.Error: the server has stopped answering.
    """
    checkpointer = next(text for version, text in CHECKPOINTER if database.server_version >= version)
    try:
        with database.cursor() as cursor:
            cursor.execute(COUNTERS.format(checkpointer=checkpointer), {"own": f"%/* read:{operation} */%"})
            values = cursor.fetchall()[0]
    except psycopg2.Error:
        if database.closed:
            raise
        return None  # pg_stat_statements is not there, or not for us
    return PostgresqlCounters(
        calls=values[0],
        exec_time_ms=values[1],
        write_calls=values[2],
        write_exec_time_ms=values[3],
        other_calls=values[4],
        other_exec_time_ms=values[5],
        blocks_hit=values[6],
        blocks_read=values[7],
        checkpoints=values[8],
        checkpoint_blocks=values[9],
        autovacuums=values[10],
        connections=values[11],
        connections_limit=values[12],
    )


def _grown(later: Number | None, earlier: Number | None) -> Number | None:
    """Return the difference; None when it is negative: a full pg_stat_statements forgets some."""
    grown = difference(later, earlier)
    return None if grown is None or grown < 0 else grown
