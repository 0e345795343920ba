"""Whether a stack's services let a request choose how it is cached: without that, they ignore what is asked."""

import http.client
import urllib.error
import urllib.request

from lab.errors import StackError
from lab.stacks.services import ANSWER_TIMEOUT_S
from loadtests.worker_settings import WorkerSettings


def require_lab_mode(settings: WorkerSettings) -> None:
    """Check that both services refuse a wish that cannot be granted; one that is not in lab mode would not notice.

    Raises:
        StackError: there is no user-service, or one of the services is not in lab mode.
    """
    if settings.write_url is None:
        raise StackError("the experiment writes through user-service; name its address with --user-url")
    read = urllib.request.Request(f"{settings.url}/user/nobody", headers={"X-Cache-TTL": "never"})  # noqa: S310 - as below
    write = urllib.request.Request(  # noqa: S310 - http:// by the checks of the target
        f"{settings.write_url}/user/nobody",
        data=b"{}",
        method="PUT",
        headers={"X-Write-Policy": "?", "Content-Type": "application/json"},
    )
    for service, request, header in (
        ("data-service", read, "X-Cache-TTL"),
        ("user-service", write, "X-Write-Policy"),
    ):
        if header not in _complaint(request):
            raise StackError(f"{service} does not honour {header}; start it with LAB_MODE=1")


def _complaint(request: urllib.request.Request) -> str:
    """Return the whole answer to a request that is refused, by whomever; nothing where it is taken."""
    try:
        urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S).close()  # noqa: S310 - http:// as above
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode(errors="replace")
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise StackError(f"{request.full_url} does not answer ({error}); is the stack up?") from error
    return ""
