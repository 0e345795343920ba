"""Environment variables turned into values of the right type, with errors that say what to put there."""

from collections.abc import Mapping, Sequence

from services.shared.errors import SettingsError


class Environment:
    """A reader of environment variables; an empty one counts as unset."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str) -> str:
        """Return a variable's text."""
        return self._variables.get(name, "").strip() or default

    def required(self, name: str, advice: str) -> str:
        """Return the text of a variable that has no default."""
        value = self.text(name, "")
        if not value:
            raise SettingsError(name, "is not set", advice)
        return value

    def integer(self, name: str, default: int) -> int:
        """Return a whole number."""
        text = self.text(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise SettingsError(name, f"is {text!r}", f"put a whole number there, such as {default}") from None

    def number(self, name: str, default: float) -> float:
        """Return a number, whole or not."""
        text = self.text(name, str(default))
        try:
            return float(text)
        except ValueError:
            raise SettingsError(name, f"is {text!r}", f"put a number there, such as {default:g}") from None

    def switch(self, name: str, *, default: bool = False) -> bool:
        """Return whether a 0-or-1 variable is on."""
        text = self.text(name, "1" if default else "0")
        require_choice(name, text, ("0", "1"))
        return text == "1"


def require_range(variable: str, value: float, low: float, high: float) -> None:
    """Raise a SettingsError unless `low` ≤ `value` ≤ `high`; not-a-number fails too."""
    if not low <= value <= high:
        raise SettingsError(variable, f"is {value:.15g}", f"put a number from {low:g} to {high:.15g} there")


def require_choice(variable: str, value: str, choices: Sequence[str]) -> None:
    """Raise a SettingsError unless `value` is one of `choices`."""
    if value not in choices:
        raise SettingsError(variable, f"is {value!r}", f"put one of these there: {', '.join(choices)}")
