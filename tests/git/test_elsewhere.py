"""A repository behind SSH and HTTPS: git's own servers, fetched from and pushed to without any program of ours."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from controller.git.notes import write_note
from controller.git.remote import RemoteBranch
from controller.git.settings import GitSettings
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError
from tests.git.servers import https, ssh
from tests.git.test_branch import add_commit
from tests.git.test_signatures import public
from tests.git.witness import Witness, key, made


@pytest.fixture
def there(tmp_path: Path) -> Witness:
    repo = made(tmp_path / "there")
    repo.commit("One", **{"intents/a.yaml": "a"})
    repo.git("checkout", "-q", "--detach")
    repo.git("config", "http.receivepack", "true")
    return repo


def both_ways(branch: RemoteBranch, there: Witness) -> None:
    """Fetch, push, lose against who was faster, win, and leave a note."""
    branch.refresh()
    mine = add_commit(branch, "intents/b.yaml", b"b")
    assert there.head == mine
    theirs = there.commit("Theirs", c="c")
    there.git("branch", "-f", "main", theirs)
    branch.refresh()
    with branch.open() as repo:
        assert branch.head(repo) == theirs
        write_note(branch, repo, theirs, "seen\n")
    add_commit(branch, "intents/b.yaml", None)
    assert there.git("notes", "--ref=clearway", "show", theirs) == "seen"
    there.git("fsck", "--strict")


def refused(settings: GitSettings, state: Path) -> str:
    with pytest.raises(ClearwayError) as error:
        RemoteBranch(settings, state).refresh()
    return error.value.diagnostics[0].code


def test_by_ssh_with_one_key_to_a_known_host_only(there: Witness, tmp_path: Path) -> None:
    host, client, other = (key(tmp_path, name) for name in ("host", "client", "other"))
    (tmp_path / "clients").write_text(public(client) + "\n")
    with ssh(host, tmp_path / "clients") as port:
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{port} {public(host)}\n")
        url = f"ssh://git@127.0.0.1:{port}{there.folder}"

        def settings(private: Path, hosts: Path) -> GitSettings:
            secret = SecretRef(kind="file", name=str(private))
            return GitSettings(repository=url, fetch_s=0, ssh_key=secret, known_hosts=hosts, timeout_s=10)

        both_ways(RemoteBranch(settings(client, known), tmp_path / "state"), there)
        assert refused(settings(other, known), tmp_path / "s2") == "remote-auth"
        empty, changed = tmp_path / "empty", tmp_path / "changed"
        empty.write_text("")
        changed.write_text(f"[127.0.0.1]:{port} {public(other)}\n")
        assert refused(settings(client, empty), tmp_path / "s3") == "remote-host-key"
        assert refused(settings(client, changed), tmp_path / "s4") == "remote-host-key"


def test_by_https_with_a_token_and_a_ca(there: Witness, tmp_path: Path) -> None:
    certificate, private = server_identity(tmp_path)
    (tmp_path / "token").write_text("s3cret-of-the-forge\n")
    with https(there.folder.parent, certificate, private, "s3cret-of-the-forge") as port:
        token = SecretRef(kind="file", name=str(tmp_path / "token"))
        url = f"https://127.0.0.1:{port}/there/.git"
        good = GitSettings(repository=url, fetch_s=0, token=token, ca=certificate, timeout_s=10)
        both_ways(RemoteBranch(good, tmp_path / "state"), there)
        assert refused(GitSettings(repository=url, ca=certificate), tmp_path / "s2") == "remote-auth"
        assert refused(GitSettings(repository=url, token=token), tmp_path / "s3") == "remote-away"
        gone = GitSettings(repository=f"https://127.0.0.1:{port}/nowhere", token=token, ca=certificate)
        assert refused(gone, tmp_path / "s4") in ("remote-gone", "remote-away")
    kept = b"".join(p.read_bytes() for p in (tmp_path / "state").rglob("*") if p.is_file())
    assert b"s3cret" not in kept


def server_identity(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git.hospital.example")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    cert_file, key_file = folder / "server.pem", folder / "server.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_file, key_file
