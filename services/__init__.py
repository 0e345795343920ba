"""The system under test: two HTTP services over PostgreSQL and Redis. They know nothing of the lab."""
