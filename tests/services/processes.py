"""A service as a process of its own, and raw HTTP to it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

START_TIMEOUT_S = 10.0


class ServiceProcess:
    """`python -m services.<module>` on a loopback port."""

    def __init__(self, module: str, port: int, variables: dict[str, str]) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"services.{module}"],
            env={"PATH": os.environ["PATH"], "PORT": str(port), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None, self.process.communicate()
                assert time.monotonic() < deadline, "the service did not listen in time"
                time.sleep(0.02)

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPResponse]:
        """Send one request and return its status, body and response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}
            )
            response = connection.getresponse()
            return response.status, response.read(), response
        finally:
            connection.close()

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def output(self) -> tuple[str, str]:
        """Wait for the end and return standard output and standard error."""
        return self.process.communicate(timeout=20)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.terminate()
        self.process.communicate(timeout=20)
