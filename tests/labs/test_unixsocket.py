"""A control socket may lie deeper than a socket's name is long."""

from __future__ import annotations

import os
from pathlib import Path

from labs.unixsocket import bound


def test_a_socket_is_bound_in_a_deep_folder_also_over_one_that_a_killed_process_left(tmp_path: Path) -> None:
    folder = tmp_path / ("a-hospital-with-a-long-name-" * 4)
    folder.mkdir()
    here = Path.cwd()
    for _ in range(2):
        with bound(folder / "control") as socket:
            socket.listen()
            assert (folder / "control").is_socket()
    assert Path.cwd() == here
    assert len(os.fsencode(folder)) > 108
