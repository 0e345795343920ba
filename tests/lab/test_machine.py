"""What is said of the machine is its own word, or nothing."""

from pathlib import Path

from lab.machine import describe_machine, frequency_governor


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine["cpu"] and machine["kernel"]
    assert machine["cores"] >= 1
    assert machine["virtual"] in (True, False, None)


def test_the_governor_is_one_mixed_or_unknown(tmp_path: Path) -> None:
    assert frequency_governor(tmp_path) is None
    for policy, governor in (("policy0", "performance"), ("policy1", "performance"), ("policy2", "powersave")):
        (tmp_path / policy).mkdir()
        (tmp_path / policy / "scaling_governor").write_text(f"{governor}\n")
        expected = "mixed" if policy == "policy2" else "performance"
        assert frequency_governor(tmp_path) == expected
