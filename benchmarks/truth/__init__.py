"""A server whose latency is known by construction, and what sets the lab and Locust against it."""
