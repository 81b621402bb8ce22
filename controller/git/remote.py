"""A branch of a repository elsewhere, by a bare copy in the state folder: fetched, and pushed to with lease."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

from dulwich.client import GitClient, LocalGitClient, SSHGitClient, Urllib3HttpGitClient
from dulwich.objects import ObjectID
from dulwich.protocol import ZERO_SHA
from dulwich.refs import Ref
from dulwich.repo import Repo

from controller.git.branch import Moved, move, standing
from controller.git.faults import reached
from controller.git.objects import fault, opened
from controller.git.settings import GitSettings
from controller.git.ssh import Ssh
from controller.secrets import text_of

NOTES: Final = b"refs/notes/"


class RemoteBranch:
    """Made once; `refresh` and pushes reach out, everything else is of the copy."""

    def __init__(self, settings: GitSettings, state: Path, steady_s: Callable[[], float] = time.monotonic) -> None:
        self.where, self.name = settings.repository, settings.branch
        self._settings = settings
        self._copy = state / "mirror.git"
        self._there = Ref(f"refs/heads/{settings.branch}".encode())
        self._here = Ref(f"refs/remotes/origin/{settings.branch}".encode())
        self._steady_s = steady_s
        self._next_s: float | None = None
        _refuse_url(settings.repository)

    def refresh(self) -> None:
        """Fetch, if it is time. Raises ClearwayError; then the copy is as before."""
        if self._next_s is not None and self._steady_s() < self._next_s:
            return
        self._next_s = self._steady_s() + self._settings.fetch_s
        self._fetch()

    def _fetch(self) -> None:
        with self.open() as repo, reached(self.where):
            client, path = self._client()
            found = client.fetch(path, repo, determine_wants=self._wanted)
            self._keep(repo, found.refs)

    def _wanted(self, refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG002 - dulwich's
        with self.open() as repo:
            wanted = {name for ref, name in refs.items() if name and (ref == self._there or ref.startswith(NOTES))}
            return sorted(name for name in wanted if name not in repo.object_store)

    def _keep(self, repo: Repo, refs: Mapping[Ref, ObjectID | None]) -> None:
        there = refs.get(self._there)
        if there is not None:
            repo.refs[self._here] = there
        elif standing(repo, self._here) is not None:
            repo.refs.remove_if_equals(self._here, None)
        for ref, name in refs.items():
            if ref.startswith(NOTES) and name is not None:
                repo.refs[ref] = name

    @contextmanager
    def open(self) -> Iterator[Repo]:
        """The copy; made where it is not there yet."""
        if not self._copy.exists():
            try:
                self._copy.parent.mkdir(parents=True, exist_ok=True)
                Repo.init_bare(str(self._copy), mkdir=True).close()
            except OSError as error:
                raise fault(
                    "state-folder", f"{self._copy} cannot be written: {error.strerror}", "make room", str(self._copy)
                ) from error
        with opened(str(self._copy)) as repo:
            yield repo

    def head(self, repo: Repo) -> str | None:
        """Where the branch stood when it was fetched last."""
        return standing(repo, self._here)

    def publish(self, repo: Repo, commit: str, expected: str) -> None:
        """Push, if the branch there is where it is thought to be."""
        self._push(repo, self._there, commit, expected)
        move(repo, self._here, commit, expected)

    def notes(self, repo: Repo, ref: bytes) -> str | None:
        """As fetched."""
        return standing(repo, Ref(ref))

    def publish_notes(self, repo: Repo, ref: bytes, commit: str, expected: str | None) -> None:
        """Push the notes likewise."""
        self._push(repo, Ref(ref), commit, expected)
        repo.refs[Ref(ref)] = ObjectID(commit.encode())

    def _push(self, repo: Repo, ref: Ref, commit: str, expected: str | None) -> None:
        """Raises Moved where the ref is elsewhere by now; the copy then knows where."""

        def lease(refs: Mapping[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            there = refs.get(ref, ZERO_SHA)
            if there != (expected.encode() if expected else ZERO_SHA):
                raise Moved
            return {ref: ObjectID(commit.encode())}

        try:
            with reached(self.where):
                client, path = self._client()
                done = client.send_pack(path, lease, cast("Any", repo.generate_pack_data))
        except Moved:
            self._fetch()
            raise
        refused = (done.ref_status or {}).get(ref)
        if refused is not None:
            self._fetch()
            if self._stands(repo, ref) != expected:
                raise Moved
            raise fault(
                "push-refused",
                f"{self.where} does not take a commit on {ref.decode()}: {refused}",
                "let Clearway's key or token write there, and look at the protection rules of the branch",
                self.where,
            )

    def _stands(self, repo: Repo, ref: Ref) -> str | None:
        return standing(repo, self._here if ref == self._there else ref)

    def _client(self) -> tuple[GitClient, Any]:
        s = self._settings
        url = urlsplit(s.repository)
        match url.scheme:
            case "file":
                return LocalGitClient(), url.path
            case "ssh" | "git+ssh":
                key = text_of(s.ssh_key, f"the key for {self.where}", s.root) if s.ssh_key else None
                vendor = Ssh(private_key=key, known_hosts=s.known_hosts, timeout_s=s.timeout_s)
                client = SSHGitClient(url.hostname or "", url.port, url.username, vendor=vendor)
                return client, url.path
            case _:
                return self._http(), url.path

    def _http(self) -> GitClient:
        import urllib3  # noqa: PLC0415 - for those who fetch by https only

        s = self._settings
        url = urlsplit(s.repository)
        token = text_of(s.token, f"the token for {self.where}", s.root).strip() if s.token else None
        pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=s.timeout_s, read=s.timeout_s),
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(s.ca) if s.ca else None,
        )
        base = f"{url.scheme}://{url.netloc}"
        user = (url.username or "clearway") if token else None
        return Urllib3HttpGitClient(base, pool_manager=pool, username=user, password=token)


def _refuse_url(text: str) -> None:
    """Raises ClearwayError for a scheme that is not spoken, and for a secret in a URL."""
    url = urlsplit(text)
    if url.scheme not in ("file", "ssh", "git+ssh", "https", "http"):
        raise fault(
            "bad-repository", f"{text} is no URL of a repository", "write a path, or file://, ssh:// or https://", text
        )
    if url.scheme == "http" and url.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise fault("bad-repository", f"{text} is reached without TLS", "write https://", text)
    if url.password is not None:
        shown = text.replace(f":{url.password}@", ":...@")
        raise fault(
            "secret-in-text", f"{shown} holds a password", "give it as `token: {env: NAME}` or `{file: PATH}`", shown
        )
