"""Repositories as people have them, made and looked at by the git program itself: an independent witness."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "PACS lead",
    "GIT_AUTHOR_EMAIL": "pacs@hospital.example",
    "GIT_COMMITTER_NAME": "PACS lead",
    "GIT_COMMITTER_EMAIL": "pacs@hospital.example",
}


@dataclass(frozen=True)
class Witness:
    """One repository with a working tree, or a bare one."""

    folder: Path

    def git(self, *words: str, check: bool = True, stdin: str | None = None) -> str:
        done = subprocess.run(
            ["git", "-C", str(self.folder), *words],
            env={**os.environ, **QUIET},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            input=stdin,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip() if check else (done.stdout + done.stderr).strip()

    def write(self, path: str, text: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str, *words: str, **files: str | bytes) -> str:
        """Write the files, commit all, and say the commit's id. `__` in a name is a `/`."""
        for path, text in files.items():
            self.write(path.replace("__", "/"), text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, *words)
        return self.git("rev-parse", "HEAD")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "main")


def made(folder: Path, *, bare: bool = False) -> Witness:
    """A new repository with a branch main."""
    folder.mkdir(parents=True)
    found = Witness(folder)
    found.git("init", "-q", "-b", "main", *(["--bare"] if bare else []))
    return found


def cloned(of: Witness, folder: Path) -> Witness:
    subprocess.run(
        ["git", "clone", "-q", str(of.folder), str(folder)],
        env={**os.environ, **QUIET},
        check=True,
        capture_output=True,
    )
    return Witness(folder)


def key(folder: Path, name: str, kind: str = "ed25519", *words: str) -> Path:
    """A new SSH key without a passphrase; its private half."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *words, "-N", "", "-C", name, "-f", str(path)], check=True)
    return path
