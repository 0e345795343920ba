"""The services' tables and indexes, as the scripts beside the services define them."""

from pathlib import Path

from psycopg2.extensions import connection

FOLDER = Path(__file__).parent.parent / "services" / "schema"


def apply_schema(database: connection) -> None:
    """Make what is not there yet; the scripts are safe to run again."""
    with database.cursor() as cursor:
        for script in sorted(FOLDER.glob("*.sql")):
            cursor.execute(script.read_text())
    database.commit()


def make_indexes(database: connection) -> None:
    """Make the indexes that a bulk load goes without; does not commit."""
    with database.cursor() as cursor:
        cursor.execute((FOLDER / "2-indexes.sql").read_text())
