"""`lab fill`: the data set alone."""

import click

from lab.commands.workload_options import value_sizes_option
from lab.dataset import DatasetParameters, ensure_dataset
from loadtests.value_sizes import DEFAULT_VALUE_SIZES


@click.command()
@click.option("--database-url", envvar="DATABASE_URL", required=True, help="The database, postgresql://…")
@click.option("--users", type=click.IntRange(min=1), default=20_000, show_default=True, help="Users to make.")
@click.option("--events", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="Events to make.")
@value_sizes_option
def fill(database_url: str, users: int, events: int, value_sizes: str | None) -> None:
    """Put the data set into a database, unless it is there; users of other names are left alone."""
    parameters = DatasetParameters(users=users, events=events, value_sizes=value_sizes or DEFAULT_VALUE_SIZES)
    seconds = ensure_dataset(database_url, parameters)
    click.echo("The data set is there." if seconds is None else f"The data set was made in {seconds:.1f} s.")
