"""The exceptions of the services.

ServiceError
├── SettingsError      a setting is missing or wrong; names the variable
├── AddressError       the service cannot listen where it was told to
├── InvalidInputError  a client sent what cannot be accepted; carries the HTTP status
├── DatabaseError      PostgreSQL does not answer
└── CacheError         Redis does not answer, or refuses
"""


class ServiceError(Exception):
    """Whatever the services raise on purpose."""


class SettingsError(ServiceError):
    """A setting is missing or wrong."""

    def __init__(self, variable: str, problem: str, advice: str) -> None:
        super().__init__(f"{variable} {problem}: {advice}.")
        self.variable = variable


class AddressError(ServiceError):
    """The service cannot listen on its host and port."""


class InvalidInputError(ServiceError):
    """A request that cannot be accepted; `status` is the HTTP answer it deserves."""

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem)
        self.status = status


class DatabaseError(ServiceError):
    """PostgreSQL did not answer, or broke off."""


class CacheError(ServiceError):
    """Redis did not answer in time, or refused."""
