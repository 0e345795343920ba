"""`lab up`, `lab down` and `lab ui`: the stack alone, and with Locust's web UI."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from lab.commands.measuring import LAB_FOLDER
from lab.commands.workload_options import value_sizes_option
from lab.dataset import DatasetParameters, ensure_dataset
from lab.errors import StackError
from lab.server_process import ServerProcess
from lab.stacks.compose import ComposeProject
from lab.stacks.embedded import EmbeddedSettings, embedded_stack
from lab.stacks.ports import LOOPBACK, require_free
from lab.stacks.services import START_TIMEOUT_S, answers
from lab.standing_stack import hold_stack, standing_stack, start_holder, stop_holder
from loadtests.value_sizes import DEFAULT_VALUE_SIZES

STANDING = LAB_FOLDER / "up"
PORT = click.IntRange(1, 65535)
LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"

stack_option = click.option(
    "--stack",
    "stack_kind",
    type=click.Choice(["embedded", "compose"]),
    default="embedded",
    show_default=True,
    help="Processes of this machine, or Docker Compose.",
)
user_port_option = click.option(
    "--user-port", type=PORT, default=5000, show_default=True, help="Port of user-service."
)
data_port_option = click.option(
    "--data-port", type=PORT, default=5001, show_default=True, help="Port of data-service."
)


@click.command()
@stack_option
@user_port_option
@data_port_option
@value_sizes_option
@click.option("--foreground", is_flag=True, help="Stay, until Ctrl-C; otherwise return when the stack is ready.")
def up(stack_kind: str, user_port: int, data_port: int, value_sizes: str | None, foreground: bool) -> None:
    """Start the stack and leave it running on ports 5000 and 5001, with the data set in it."""
    dataset = DatasetParameters(value_sizes=value_sizes or DEFAULT_VALUE_SIZES)
    if stack_kind == "compose":
        if value_sizes is not None:
            raise click.UsageError("--value-sizes goes with --stack embedded; under Compose use `lab fill`")
        ComposeProject(environment=_ports(user_port, data_port)).up()
        _say_where(f"http://{LOOPBACK}:{user_port}", f"http://{LOOPBACK}:{data_port}", "lab down --stack compose")
        return
    if standing_stack(STANDING) is not None:
        raise StackError("a stack is up already; use it, or stop it with `lab down`")
    settings = _settings(user_port, data_port)
    if foreground:
        hold_stack(settings, dataset)
        return
    ports = ["--user-port", str(user_port), "--data-port", str(data_port)]
    standing = start_holder(STANDING, [*ports, "--value-sizes", dataset.value_sizes])
    _say_where(standing.user_service_url, standing.data_service_url, "lab down")


@click.command()
@stack_option
def down(stack_kind: str) -> None:
    """Stop the stack that `lab up` started; its data stay."""
    if stack_kind == "compose":
        ComposeProject().down()
    elif not stop_holder(STANDING):
        click.echo(f"No stack is up in {STANDING.resolve()}.")


@click.command()
@stack_option
@user_port_option
@data_port_option
@click.option("--port", type=PORT, default=8089, show_default=True, help="Port of the web UI.")
def ui(stack_kind: str, user_port: int, data_port: int, port: int) -> None:
    """Open Locust's web UI on the stack, which is started if none is up.

    Ctrl-C ends it, and the stack that it started. Under Compose both stay, until `lab down --stack compose`.
    """
    if stack_kind == "compose":
        ComposeProject(environment={**_ports(user_port, data_port), "LOCUST_PORT": str(port)}).up()
        click.echo(f"The web UI: http://{LOOPBACK}:{port}\nStop with: lab down --stack compose")
        return
    require_free(port, "--port")
    with _data_service(user_port, data_port) as data_service_url:
        locust = ServerProcess(
            name="Locust",
            command=[
                sys.executable, "-P", "-m", "locust", "-f", str(LOCUSTFILE),
                "--web-host", LOOPBACK, "--web-port", str(port), "--host", data_service_url,
            ],
            log=STANDING / "locust.log",
            niceness=0,  # it is the generator here
        )  # fmt: skip
        locust.start()
        try:
            locust.wait_until(lambda: answers(f"http://{LOOPBACK}:{port}/"), START_TIMEOUT_S)
            click.echo(
                f"The web UI: http://{LOOPBACK}:{port} (its tab Cache shows hits and misses). Ctrl-C ends it."
            )
            locust.wait()
        except KeyboardInterrupt:  # the way to end it
            return
        finally:
            locust.stop()
    raise StackError(f"Locust has ended; see {STANDING / 'locust.log'}")


@contextmanager
def _data_service(user_port: int, data_port: int) -> Iterator[str]:
    """Yield the URL of the stack that is up, or of one of our own for as long as it is needed."""
    standing = standing_stack(STANDING)
    if standing is not None:
        yield standing.data_service_url
        return
    click.echo("Starting the stack ...", err=True)
    with embedded_stack(_settings(user_port, data_port)) as stack:
        ensure_dataset(stack.endpoints.database_url, DatasetParameters())
        yield stack.endpoints.data_service_url


def _settings(user_port: int, data_port: int) -> EmbeddedSettings:
    return EmbeddedSettings(
        directory=STANDING,
        user_service_port=require_free(user_port, "--user-port"),
        data_service_port=require_free(data_port, "--data-port"),
    )


def _ports(user_port: int, data_port: int) -> dict[str, str]:
    return {"USER_SERVICE_PORT": str(user_port), "DATA_SERVICE_PORT": str(data_port)}


def _say_where(user_service_url: str | None, data_service_url: str, stop_command: str) -> None:
    click.echo(
        f"user-service: {user_service_url}\ndata-service: {data_service_url}\n"
        f"Try: curl {data_service_url}/user/user-000001\nStop with: {stop_command}"
    )
