"""Whether services do what an experiment asks of them is found out before anything is measured."""

import pytest

from lab.errors import StackError
from lab.stacks.lab_mode import require_lab_mode
from loadtests.worker_settings import WorkerSettings
from tests.loadtests.stub_service import stub_service


def settings(url: str, write_url: str | None) -> WorkerSettings:
    return WorkerSettings(url=url, write_url=write_url, connections=1, epoch_ns=0, samples="")


def test_a_proxy_that_answers_with_a_page_of_its_own_is_no_service_in_lab_mode() -> None:
    page = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\n\r\n<h1>502</h1>"
    with (
        stub_service(lambda path, head: page) as proxy,
        pytest.raises(StackError, match="data-service does not honour X-Cache-TTL; start it with LAB_MODE=1"),
    ):
        require_lab_mode(settings(proxy.url, proxy.url))


def test_without_a_user_service_it_is_asked_for() -> None:
    with pytest.raises(StackError, match="--user-url"):
        require_lab_mode(settings("http://127.0.0.1:1", None))
