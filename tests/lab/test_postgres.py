"""PostgreSQL under root, from folders that are closed to everybody else."""

import os
import shutil
from pathlib import Path

import psycopg2
import pytest

from lab.stacks import postgres
from lab.stacks.ports import free_port


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs PostgreSQL as itself")
def test_root_can_run_it_from_below_a_folder_that_only_root_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = postgres.BINARIES.parents[1]
    for name in (package.name, f"{package.name}.libs"):  # they find each other by relative path
        shutil.copytree(package.parent / name, closed / name)
    monkeypatch.setattr(postgres, "BINARIES", closed / package.name / "pginstall" / "bin")
    server = postgres.PostgresServer(closed / "stack", free_port())
    server.start()
    try:
        psycopg2.connect(server.url).close()
    finally:
        server.process.stop()


def test_an_initdb_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    draft = tmp_path / "pgdata.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    server = postgres.PostgresServer(tmp_path, free_port())
    server.start()
    server.process.stop()
    assert not draft.exists()
