"""The Cache tab of Locust's web UI: live hit ratio, and latencies by what the cache did."""

import json

from flask import Response, request
from locust.env import Environment

from loadtests.live import LiveView, table_rows

KEY = "cache"
COLUMNS = (("name", "What"), ("value", "Value"), ("p50", "p50"), ("p95", "p95"), ("p99", "p99"))


def add_cache_tab(environment: Environment, view: LiveView) -> None:
    """Add the tab; its rows ride on the answer that the page polls for its own statistics anyway."""
    web_ui = environment.web_ui
    if web_ui is None or web_ui.app is None:
        return
    web_ui.template_args = {
        **web_ui.template_args,
        "extended_tabs": [{"title": "Cache", "key": KEY}],
        "extended_tables": [{"key": KEY, "structure": [{"key": key, "title": title} for key, title in COLUMNS]}],
    }

    @web_ui.app.after_request
    def with_cache_rows(response: Response) -> Response:
        if request.path.endswith("/stats/requests") and response.is_json:
            report = {**response.get_json(), "extended_stats": [{"key": KEY, "data": table_rows(view)}]}
            response.set_data(json.dumps(report))
        return response
