"""The load: what traffic is, how it is sent, and what is recorded of it. Locust runs it."""
