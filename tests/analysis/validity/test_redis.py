import pytest

from analysis.cautions import State
from tests.analysis.changed import only
from tests.analysis.validity.conftest import Entry, Judge
from tests.analysis.validity.legs import BLOCK, Change, change, counter, legs


def send(command: str, amount: int = 1, *, arm: str = "cached", kind: str = "embedded") -> Change:
    def sent(entry: Entry) -> None:
        entry["stack"]["kind"] = kind
        for leg in legs(entry, arm=arm):
            commands = leg["counters"]["redis"]["commands"]
            commands[command] = commands.get(command, 0) + amount

    return sent


@pytest.mark.parametrize(
    "command",
    ["flushall", "flushdb", "del", "unlink", "config|set", "expire", "keys", "eval", "restore", "new"],
)
def test_a_command_that_no_read_sends_costs_the_block(judge: Judge, command: str) -> None:
    results = judge(send(command))
    assert results.left_out == {("similar", BLOCK)}
    caution = only(results, "blocks-left-out")
    assert caution.severity is State.DOUBTFUL
    assert f"Redis was sent commands that no read sends: 1 {command.upper()}." in caution.sentence
    (verdict,) = [each for each in results.block_verdicts if each.left_out]
    assert (verdict.reasons, verdict.cautions[0].figure) == (("foreign-commands",), 1.0)
    assert results.verdicts["similar"].word.value == "pays"


@pytest.mark.parametrize("command", ["info", "config|get", "dbsize", "ping", "client|setinfo", "memory|stats"])
def test_what_connections_and_the_lab_send_is_harmless(judge: Judge, command: str) -> None:
    assert judge(send(command, 40)).cautions == ()


@pytest.mark.parametrize("arm", ["cached", "uncached"])
def test_a_store_beyond_the_misses_is_somebody_elses(judge: Judge, arm: str) -> None:
    results = judge(send("set", arm=arm))
    assert "1 SET" in only(results, "blocks-left-out").sentence


@pytest.mark.parametrize(("command", "left_out"), [("flushall", 1), ("config|set", 1), ("del", 0), ("set", 0)])
def test_of_somebodys_own_stack_only_the_blatant_is_judged(judge: Judge, command: str, left_out: int) -> None:
    assert len(judge(send(command, 3, kind="external")).left_out) == left_out


def test_evictions_are_planned_where_the_cache_is_smaller_than_the_working_set(judge: Judge) -> None:
    assert judge(change(counter("redis", "evicted_keys"), 400)).cautions == ()


@pytest.mark.parametrize(("evicted", "doubted"), [(101, True), (100, False)])
def test_evictions_are_not_planned_where_it_holds_everything(judge: Judge, evicted: int, doubted: bool) -> None:
    def hold_all(entry: Entry) -> None:
        entry["reads"][0].update(cache_entries_planned=10_000, cache_entries_held=10_000)
        for leg in legs(entry, arm="cached", blocks=tuple(range(8))):
            leg["counters"]["redis"]["evicted_keys"] = 0
        change(counter("redis", "evicted_keys"), evicted)(entry)

    results = judge(hold_all)
    assert [caution.code for caution in results.cautions] == ["evictions"] * doubted


def test_a_limit_of_none_is_never_exceeded(judge: Judge) -> None:
    assert judge(change(counter("redis", "maxmemory_bytes"), 0)).cautions == ()


@pytest.mark.parametrize(("deletions", "left_out"), [(7, 0), (8, 1)])
def test_as_many_deletions_as_writes_are_the_write_policys(judge: Judge, deletions: int, left_out: int) -> None:
    def write(entry: Entry) -> None:
        for leg in legs(entry, arm="cached"):
            leg["writes"] = 7
        send("del", deletions)(entry)

    results = judge(write)
    assert len(results.left_out) == left_out
    if left_out:
        assert "1 DEL" in only(results, "blocks-left-out").sentence
