"""`lab workloads`: the published workloads that `--workload` takes."""

import json

import click

from lab.workloads_text import describe_presets, print_presets


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON; what a source does not say is null.")
def workloads(as_json: bool) -> None:
    """List the published workloads, their parameters and where these were read.

    --workload NAME takes from one its popularity, arrivals, value sizes, share of writes and time to live. Rates
    stand here for comparison alone: what is offered is said by --rate, or found. Sizes of keys are not reproduced:
    the services' keys are names of users.
    """
    if as_json:
        click.echo(json.dumps(describe_presets(), indent=1))
    else:
        print_presets()
