"""python -m controller: the command line, where the `clearway` program is not installed."""

from __future__ import annotations

from controller.cli.main import run

if __name__ == "__main__":
    run()
