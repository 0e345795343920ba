"""A run: what its folder holds, read and checked once, at the door."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.errors import RunError
from analysis.legs import Leg
from analysis.manifest import Manifest, parse_manifest
from analysis.samples import WRITE, read_samples

MEASURE, WARM_UP, CALIBRATE, AA = "measure", "warmup", "calibrate", "aa"
CAPACITY, SIZING, FRESHNESS = "capacity", "sizing", "freshness"
"""Phases of a leg that are analysed; another, the ramp, only sets the offered rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run folder in memory.

    ``samples`` are the rows of the reads, columns as in :func:`analysis.samples.read_samples`; ``writes`` those of
    the writes that went on beside them, which have no part in what is said of a read.
    """

    folder: Path
    manifest: Manifest
    samples: pd.DataFrame
    writes: pd.DataFrame

    @property
    def measured(self) -> pd.DataFrame:
        """The samples of the measured blocks alone."""
        return self.in_blocks(MEASURE)

    def in_blocks(self, phase: str) -> pd.DataFrame:
        """Return the samples of one phase that belong to a block."""
        return self.samples[(self.samples["phase"] == phase) & self.samples["block"].notna()]

    def has_phase(self, *phases: str) -> bool:
        """Say whether any sample is of one of these phases."""
        return bool(self.samples["phase"].isin(phases).any())

    def measured_legs(self, operation: str, phase: str = MEASURE) -> Sequence[Leg]:
        """Return the legs of one read that belong to a block, in the order they ran."""
        return [
            leg
            for leg in self.manifest.legs
            if leg.operation == operation and leg.phase == phase and leg.block is not None
        ]

    def without(self, left_out: Collection[tuple[str, int]]) -> "Run":
        """Return the run as if some blocks, each given as its read's operation and its number, had not been."""
        if not left_out:
            return self
        blocks = pd.MultiIndex.from_frame(self.samples[["operation", "block"]].astype({"operation": str}))
        legs = tuple(leg for leg in self.manifest.legs if (leg.operation, leg.block) not in left_out)
        return replace(
            self,
            manifest=replace(self.manifest, legs=legs),
            samples=self.samples[~blocks.isin(list(left_out))],
        )


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        RunError: The folder, its run.json or its samples are missing, cut off or of another version.
    """
    manifest, rows = read_manifest(folder), read_samples(folder)
    written = rows["operation"] == WRITE
    reads = rows[~written] if written.any() else rows
    return Run(folder=folder, manifest=manifest, samples=reads, writes=rows[written])


def read_manifest(folder: Path) -> Manifest:
    """Read the run.json of a run folder.

    Raises:
        RunError: It is missing, cut off or of another version.
    """
    file = folder / "run.json"
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"{file} is missing: {folder} is not a run folder; name one below reports/") from error
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}): check its permissions") from error
    except ValueError as error:
        raise RunError(f"{file} is not whole JSON ({error}): the run was cut off; measure again") from error
    try:
        return parse_manifest(entry)
    except KeyError as error:
        raise RunError(f"{file} lacks {error}: it is cut off or of another version; measure again") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise RunError(f"{file} does not read as a run ({error}): measure again with this version") from error
