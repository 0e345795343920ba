"""The three reads: each one statement, and the JSON object made of its row.

Their prices differ by design, from a lookup by unique key to a self-join over a million events, and each is
what a product would ask for. Every answer carries `name` and the user's `version`.
"""

import json
from collections.abc import Callable
from typing import Any

from services.data_service.server_timing import Clock
from services.data_service.strategies.interface import Loaded
from services.shared.database import Database, Row, Statement
from services.shared.keys import Read

USER = Statement("read_user", "SELECT /* read:user */ name, info, version FROM users WHERE name = $1")

# What a user did: totals, months, and the ten latest and ten dearest events, each next to how many bought
# that item and what they pay on average.
ACTIVITY = Statement(
    "read_activity",
    """
    WITH subject AS (
        SELECT id, name, version FROM users WHERE name = $1
    ), mine AS MATERIALIZED (
        SELECT item_id, amount_cents, at FROM events WHERE user_id = (SELECT id FROM subject)
    ), totals AS (
        SELECT count(*) AS events, count(DISTINCT item_id) AS items,
               coalesce(sum(amount_cents), 0) AS spent_cents, min(at) AS first_at, max(at) AS last_at
        FROM mine
    ), months AS (
        SELECT date_trunc('month', at) AS month, count(*) AS events, sum(amount_cents) AS spent_cents
        FROM mine GROUP BY 1 ORDER BY 1 DESC LIMIT 12
    ), latest AS (
        SELECT * FROM mine ORDER BY at DESC, item_id LIMIT 10
    ), dearest AS (
        SELECT * FROM mine ORDER BY amount_cents DESC, at DESC LIMIT 10
    )
    SELECT /* read:activity */
        name, version, events, items, spent_cents, to_json(first_at), to_json(last_at),
        (SELECT json_agg(json_build_object('month', to_char(month, 'YYYY-MM'), 'events', months.events,
                                           'spent_cents', months.spent_cents)
                         ORDER BY month DESC)
         FROM months),
        (SELECT json_agg(json_build_object('at', at, 'item_id', item_id, 'amount_cents', amount_cents,
                                           'buyers', buyers, 'average_cents', average_cents)
                         ORDER BY at DESC, item_id)
         FROM latest CROSS JOIN LATERAL (
             SELECT count(DISTINCT user_id) AS buyers, round(avg(events.amount_cents)) AS average_cents
             FROM events WHERE events.item_id = latest.item_id) AS market),
        (SELECT json_agg(json_build_object('at', at, 'item_id', item_id, 'amount_cents', amount_cents,
                                           'buyers', buyers, 'average_cents', average_cents)
                         ORDER BY amount_cents DESC, at DESC)
         FROM dearest CROSS JOIN LATERAL (
             SELECT count(DISTINCT user_id) AS buyers, round(avg(events.amount_cents)) AS average_cents
             FROM events WHERE events.item_id = dearest.item_id) AS market)
    FROM subject CROSS JOIN totals
    """,
)

# The ten users with most items in common, where an item that few have counts for more: the sum over shared
# items of 1 / ln(1 + its buyers).
# References: Adamic & Adar, "Friends and neighbors on the Web", Social Networks 25 (2003).
SIMILAR = Statement(
    "read_similar",
    """
    WITH subject AS (
        SELECT id, name, version FROM users WHERE name = $1
    ), mine AS (
        SELECT DISTINCT item_id FROM events WHERE user_id = (SELECT id FROM subject)
    ), buyers AS (
        SELECT DISTINCT item_id, events.user_id FROM mine JOIN events USING (item_id)
    ), weights AS (
        SELECT item_id, 1 / ln(1 + count(*)) AS weight FROM buyers GROUP BY item_id
    ), closest AS (
        SELECT user_id, count(*) AS shared_items, sum(weight) AS score
        FROM buyers JOIN weights USING (item_id)
        WHERE user_id <> (SELECT id FROM subject)
        GROUP BY user_id ORDER BY score DESC, user_id LIMIT 10
    )
    SELECT /* read:similar */
        name, version, (SELECT count(*) FROM mine),
        (SELECT json_agg(json_build_object('name', users.name, 'shared_items', shared_items,
                                           'score', round(score::numeric, 4))
                         ORDER BY score DESC, user_id)
         FROM closest JOIN users ON users.id = closest.user_id)
    FROM subject
    """,
)


class Reads:
    """Loads answers from PostgreSQL; `clock_ns` times it."""

    def __init__(self, database: Database, clock_ns: Clock) -> None:
        self._database = database
        self._clock_ns = clock_ns

    def load(self, read: Read, name: str) -> Loaded:
        """Run one read for one user."""
        statement, as_document = _READS[read]
        began_ns = self._clock_ns()
        rows = self._database.read(statement, name)
        loaded_ns = self._clock_ns()
        if not rows:
            return Loaded(None, None, loaded_ns - began_ns)
        document = as_document(rows[0])
        body = json.dumps(document, ensure_ascii=False).encode()
        return Loaded(body, document["version"], loaded_ns - began_ns, self._clock_ns() - loaded_ns)


def _user(row: Row) -> dict[str, Any]:
    name, info, version = row
    return {"name": name, "info": info, "version": version}


def _activity(row: Row) -> dict[str, Any]:
    name, version, events, items, spent_cents, first_at, last_at, months, latest, dearest = row
    return {
        "name": name,
        "version": version,
        "events": events,
        "items": items,
        "spent_cents": spent_cents,
        "first_at": first_at,
        "last_at": last_at,
        "months": months or [],
        "latest": latest or [],
        "dearest": dearest or [],
    }


def _similar(row: Row) -> dict[str, Any]:
    name, version, items, similar = row
    return {"name": name, "version": version, "items": items, "similar": similar or []}


_READS: dict[Read, tuple[Statement, Callable[[Row], dict[str, Any]]]] = {
    "user": (USER, _user),
    "activity": (ACTIVITY, _activity),
    "similar": (SIMILAR, _similar),
}
