"""One leg sent by all workers: prepared by each, begun at one instant, its samples collected when all are done."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from time import monotonic_ns
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loadtests.distributed.delivery import Delivery
from loadtests.distributed.division import shares_of
from loadtests.distributed.fleet import ANSWER_TIMEOUT_S, Fleet
from loadtests.distributed.messages import Word
from loadtests.distributed.peer import Peer
from loadtests.distributed.spool import Parcel
from loadtests.distributed.summary import merged_summary
from loadtests.errors import DeliveryError, WorkersError
from loadtests.leg_runner import response_times
from loadtests.samples import ABSENT, SampleFile
from loadtests.target import WRITES
from loadtests.traffic import Leg

LEAD_NS = 250_000_000
PREPARE_TIMEOUT_S = 120.0
# A worker that draws or sums up millions of requests has no time for heartbeats meanwhile.
LARGE_REQUESTS = 1_000_000
LARGE_PATIENCE = 30
LARGE_ANSWER_TIMEOUT_S = 60.0
PIECES_ASKED_AHEAD = 4  # at a round trip of 20 ms, 50 MB a second
RESPONSE = np.dtype([("response_ns", "i8"), ("outcome", "i1")])


class SharedLeg:
    """Sends one leg.

    Args:
        fleet: who is there to send it.
        leg: the whole of it.
        epoch_ns: zero point of the run, by the master's clock.
        files: where each worker's rows go, by its number.
        folder: where there is room for rows on their way.
    """

    def __init__(
        self, fleet: Fleet, leg: Leg, *, epoch_ns: int, files: Mapping[int, SampleFile], folder: Path
    ) -> None:
        self._fleet = fleet
        self._leg = leg
        self._epoch_ns = epoch_ns
        self._files = files
        self._folder = folder
        self._order = 0
        self._shares: dict[Peer, Leg] = {}
        self._at_ns = 0
        self._answer_timeout_s = ANSWER_TIMEOUT_S
        self._progress: dict[Peer, dict[str, Any]] = {}

    def run(self) -> dict[str, Any]:
        """Send it, write its samples and return its summary; times in ns from the epoch.

        Raises:
            LoadError: no worker is left, or one of them told of an error.
        """
        self._be_patient_with((self._leg.rate_rps or 0.0) * self._leg.duration_s)
        prepared = self._prepare()
        self._fleet.each(prepared, self._fleet.read_clock_of)
        slowest_ns = max(peer.clock.uncertainty_ns for peer in prepared)
        self._at_ns = monotonic_ns() + LEAD_NS + 2 * slowest_ns
        sent = self._fleet.each(prepared, self._send)
        # Only now that nobody sends requests any more.
        summaries = {peer: fields["summary"] for peer, fields in sent.items()}
        collected = self._fleet.each(
            sent,
            lambda peer: self._collect(
                peer, summaries[peer]["requests"] + summaries[peer]["writes"], Parcel(**sent[peer]["parcel"])
            ),
        )
        kept = {peer: summaries[peer] for peer in collected}
        for peer, summary in kept.items():
            peer.connects = summary["connects"]
        self._fleet.require_present()
        responses = np.concatenate([np.empty(0, RESPONSE), *collected.values()])
        return {
            **merged_summary(self._leg.leg, self._at_ns - self._epoch_ns, kept),
            "connects": sum(peer.connects for peer in self._fleet.peers),
            "response_s": response_times([responses]),
            "lost_workers": self._fleet.count_lost(),
        }

    def progress(self) -> dict[str, Any]:
        """Return what has been done so far, as the workers last said."""
        outcomes: Counter[str] = Counter()
        for told in self._progress.values():
            outcomes.update(told["outcomes"])
        return {"requests": outcomes.total(), "outcomes": dict(outcomes)}

    def _be_patient_with(self, requests: float) -> None:
        large = requests > LARGE_REQUESTS
        self._fleet.patience = LARGE_PATIENCE if large else 0
        self._answer_timeout_s = LARGE_ANSWER_TIMEOUT_S if large else ANSWER_TIMEOUT_S

    def _prepare(self) -> list[Peer]:
        """Give everybody a share until all to whom one was given have drawn it; return them.

        One that is lost meanwhile costs the leg nothing: the others share it anew.
        """
        while True:
            self._order = self._fleet.next_order()
            present = self._fleet.require_present()
            # One for whom there is no connection sits this leg out.
            self._shares = dict(zip(present, shares_of(self._leg, len(present)), strict=False))
            digests = self._fleet.each(self._shares, self._draw)
            if len(set(digests.values())) > 1:
                raise WorkersError(
                    "the workers have drawn different schedules from the same seed; install the same versions of "
                    "Python's packages on all machines, and the same trace file"
                )
            if len(digests) == len(self._shares):
                return list(digests)

    def _draw(self, peer: Peer) -> str:
        peer.send(Word.PREPARE, order=self._order, leg=self._shares[peer].to_json())
        prepared = peer.receive(Word.PREPARED, within_s=PREPARE_TIMEOUT_S, order=self._order)
        return str(prepared.fields["digest"])

    def _send(self, peer: Peer) -> dict[str, Any]:
        peer.send(Word.START, order=self._order, at_ns=self._at_ns + peer.clock.offset_ns)
        while True:
            # It speaks twice a second as long as it sends: silence is a loss, however long a leg may take.
            letter = peer.receive(Word.PROGRESS, Word.SUMMARY, within_s=self._answer_timeout_s, order=self._order)
            self._progress[peer] = letter.fields["summary"] if letter.word is Word.SUMMARY else letter.fields
            if letter.word is Word.SUMMARY:
                return letter.fields
            if self._leg.rate_rps is None:  # only now is it known how many
                self._be_patient_with(self.progress()["requests"])

    def _collect(self, peer: Peer, requests: int, parcel: Parcel) -> "np.ndarray[Any, np.dtype[Any]]":
        """Fetch a worker's rows and write them; return what the reads' response times are computed from."""
        responses = [np.empty(0, RESPONSE)]
        if parcel.rows != requests:
            raise DeliveryError(
                f"{peer.name} counted {requests:,} requests and sends {parcel.rows:,} rows; run again"
            )
        with Delivery(parcel, peer.name, self._folder) as delivery:
            asked = 0
            for number in range(parcel.pieces):
                while asked < min(parcel.pieces, number + PIECES_ASKED_AHEAD):
                    peer.send(Word.FETCH, order=self._order, piece=asked)
                    asked += 1
                piece = peer.receive(Word.PIECE, within_s=ANSWER_TIMEOUT_S, order=self._order)
                delivery.take(piece.fields["piece"], piece.fields["content"])
            for table in delivery.tables(peer.clock.offset_ns):
                self._files[peer.number].write(table)
                responses.append(_responses(table))
        return np.concatenate(responses)


def _responses(table: pa.Table) -> "np.ndarray[Any, np.dtype[Any]]":
    table = table.filter(pc.not_equal(table["operation"].cast(pa.string()), WRITES))
    responses = np.empty(len(table), RESPONSE)
    done_ns = table["done_ns"].fill_null(ABSENT).to_numpy()
    responses["response_ns"] = np.where(done_ns == ABSENT, ABSENT, done_ns - table["intended_ns"].to_numpy())
    # The dictionary of outcomes is that of OUTCOMES, in its order.
    responses["outcome"] = table["outcome"].combine_chunks().indices.to_numpy()
    return responses
