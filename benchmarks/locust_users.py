"""Locust's own two users, asking for one thing as fast as they can: what the lab's user is compared with."""

from locust import FastHttpUser, HttpUser, task

PATH = "/user/user-000001"


class Fast(FastHttpUser):
    """Over geventhttpclient."""

    @task
    def read(self) -> None:
        """Ask."""
        self.client.get(PATH)


class Slow(HttpUser):
    """Over requests."""

    @task
    def read(self) -> None:
        """Ask."""
        self.client.get(PATH)
