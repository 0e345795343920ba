"""No cache: every read is a query. The baseline that the others are measured against."""

from services.data_service.strategies.interface import Answer, Load, Outcome, Strategy


class NoCache(Strategy):
    """Always loads; sends Redis nothing."""

    def read(self, key: str, load: Load, *, refresh: bool = False) -> Answer:
        """Load."""
        loaded = load()
        return Answer(body=loaded.body, version=loaded.version, outcome=Outcome.BYPASS, db_ns=loaded.db_ns)
