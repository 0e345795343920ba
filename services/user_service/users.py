"""The users in PostgreSQL: each change is one statement, and so one transaction."""

from services.shared.database import Database, Statement

REGISTER = Statement(
    "write_register",
    """
    INSERT /* write:register */ INTO users (name, info) VALUES ($1, $2)
    ON CONFLICT (name) DO NOTHING
    RETURNING version
    """,
    parameters=2,
)

UPDATE = Statement(
    "write_update",
    "UPDATE /* write:update */ users SET info = $2, version = version + 1 WHERE name = $1 RETURNING version",
    parameters=2,
)

DELETE = Statement(
    "write_delete",
    """
    WITH gone AS (DELETE /* write:delete */ FROM users WHERE name = $1 RETURNING id),
    events_gone AS (DELETE FROM events USING gone WHERE events.user_id = gone.id)
    SELECT id FROM gone
    """,
)


class Users:
    """Registers, changes and deletes users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, name: str, info: str) -> int | None:
        """Add a user and return its version, or None when the name is taken."""
        return _version(self._database.write(REGISTER, name, info))

    def update(self, name: str, info: str) -> int | None:
        """Change a user's info and return its new version, or None when there is no such user."""
        return _version(self._database.write(UPDATE, name, info))

    def delete(self, name: str) -> bool:
        """Delete a user together with its events, and return whether there was one."""
        return bool(self._database.write(DELETE, name))


def _version(rows: list[tuple[int]]) -> int | None:
    return rows[0][0] if rows else None
