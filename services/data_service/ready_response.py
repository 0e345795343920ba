"""A Flask response that the server takes as it is."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from flask import Response

from services.data_service.server_timing import Stages, server_timing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class ReadyResponse(Response):
    """A response made with its body, as a list of at most one piece, and all its headers but Content-Length.

    werkzeug would go through the headers once more to complete them, and wrap the body in an iterator, which
    makes granian stream it. Handing both on as they are raises the throughput of hits by a quarter.

    Content-Length is left to the server, which writes it by itself wherever there is a body: its map of headers
    has room for six, of which it needs one, and a seventh makes it grow.

    With `stages` it carries Server-Timing: written here and not before, since this is the last that the
    service does for an answer.
    """

    default_mimetype = None  # 304 has no type
    stages: Stages | None = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer the request."""
        headers = self.headers.to_wsgi_list()
        if self.stages is not None:
            headers.append(("Server-Timing", server_timing(self.stages, environ)))
        body = cast(list[bytes], self.response)
        if body and environ["REQUEST_METHOD"] == "HEAD":
            headers.append(("Content-Length", str(len(body[0]))))
            body = []
        start_response(self.status, headers)
        return body
