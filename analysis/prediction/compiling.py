"""How the replays are compiled: once a machine, and again when the source of any of them has changed."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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


def forget_stale_builds(package: Path) -> None:
    """Delete what Numba keeps compiled of a package if any of its modules is newer.

    Numba compiles what a function calls into it, and then compares the age of the caller's file alone: an edit of
    one module would leave the old code inside the others.
    """
    edited_ns = max(module.stat().st_mtime_ns for module in package.glob("*.py"))
    for build in package.glob("__pycache__/*.nb[ic]"):
        with suppress(OSError):  # another process may be at it, or nobody may write here and so nobody edits
            if build.stat().st_mtime_ns < edited_ns:
                build.unlink()


forget_stale_builds(Path(__file__).parent)
