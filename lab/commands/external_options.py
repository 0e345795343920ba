"""The options that say where the parts of an external stack answer, and what may be done to it."""

import click

external_options = (
    click.option("--data-url", help="external: base URL of data-service, http://HOST:PORT."),
    click.option("--database-url", help="external: its database, postgresql://…"),
    click.option("--redis-url", help="external: its cache, redis://…"),
    click.option(
        "--empty-cache", is_flag=True, help="external: let the experiment delete the keys that the cache holds."
    ),
)
