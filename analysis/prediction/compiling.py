"""How the replays are compiled."""

from collections.abc import Callable
from typing import TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])


def on_borrowed_arrays(function: _Function) -> _Function:
    """Compile a function that works on arrays which its caller keeps, and makes none of its own.

    Numba would count references to every array that a function takes out of a tuple, atomically, which took a
    replay six sevenths of its time. Without Numba's runtime there is no counting; a function that makes an array
    is then refused when it is compiled.
    """
    # Numba's annotations leave the option out.
    compiled: _Function = njit(cache=True, nogil=True, _nrt=False)(function)  # type: ignore[call-overload]
    return compiled
