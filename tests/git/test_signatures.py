"""Commits signed by git and ssh-keygen are taken apart here, and those signed here by them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.git.objects import commit_at, opened
from controller.git.signers import judge, read_signers
from controller.git.sshsig import BadSignature, read_signature, sign, verify
from intents.model.diagnostic import ClearwayError
from tests.git.witness import Witness, key, made


def signing(repo: Witness, private: Path) -> None:
    repo.git("config", "gpg.format", "ssh")
    repo.git("config", "user.signingkey", str(private))


def allowed(folder: Path, *lines: str) -> Path:
    path = folder / "allowed"
    path.write_text("\n".join(lines) + "\n")
    return path


def public(private: Path) -> str:
    return private.with_suffix(".pub").read_text().strip()


def judged(repo: Witness, commit: str, signers: Path) -> str | None:
    with opened(str(repo.folder)) as opened_repo:
        found = judge(commit_at(opened_repo, commit), read_signers(signers), "repo")
    return None if found is None else found.code


@pytest.mark.parametrize(
    ("kind", "words"), [("ed25519", ()), ("ecdsa", ("-b", "256")), ("ecdsa", ("-b", "521")), ("rsa", ("-b", "2048"))]
)
def test_what_git_signs_is_verified(tmp_path: Path, kind: str, words: tuple[str, ...]) -> None:
    repo = made(tmp_path / "repo")
    private = key(tmp_path, "ana", kind, *words)
    signing(repo, private)
    commit = repo.commit("One", "-S", a="1")
    signers = allowed(tmp_path, "# who may", f"ana@hospital.example {public(private)}")
    repo.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    assert "Good" in repo.git("verify-commit", commit, check=False)
    assert judged(repo, commit, signers) is None


def test_unsigned_foreign_tampered_and_expired_are_refused(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    ana, eve = key(tmp_path, "ana"), key(tmp_path, "eve")
    signing(repo, ana)
    signers = allowed(tmp_path, f"ana@hospital.example {public(ana)}")
    assert judged(repo, repo.commit("Plain", a="1"), signers) == "commit-unsigned"
    good = repo.commit("Signed", "-S", a="2")
    raw = repo.git("cat-file", "commit", good)
    forged = repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.replace("Signed", "Forged", 1) + "\n")
    assert judged(repo, forged, signers) == "commit-bad-signature"
    signing(repo, eve)
    assert judged(repo, repo.commit("Hers", "-S", a="3"), signers) == "commit-unknown-key"
    old = allowed(tmp_path, f'ana@hospital.example namespaces="git",valid-before="20200101" {public(ana)}')
    assert judged(repo, good, old) == "commit-unknown-key"
    files_only = allowed(tmp_path, f'ana@hospital.example namespaces="file,email" {public(ana)}')
    assert judged(repo, good, files_only) == "commit-unknown-key"
    both = allowed(tmp_path, f'ana@hospital.example namespaces="file,git",valid-after=20200101Z {public(ana)}')
    assert judged(repo, good, both) is None


def test_a_signature_for_something_else_does_not_count(tmp_path: Path) -> None:
    private = key(tmp_path, "ana")
    (tmp_path / "text").write_text("hello")
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", private, tmp_path / "text"], check=True)
    with pytest.raises(BadSignature, match="made for 'file'"):
        read_signature((tmp_path / "text.sig").read_bytes(), b"hello")


def test_what_is_signed_here_ssh_keygen_verifies(tmp_path: Path) -> None:
    private = key(tmp_path, "clearway")
    (tmp_path / "sig").write_bytes(sign(b"hello", private.read_bytes()) + b"\n")
    signers = allowed(tmp_path, f"clearway@hospital.example {public(private)}")
    how = ("-f", signers, "-I", "clearway@hospital.example", "-n", "git", "-s", tmp_path / "sig")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", *how],
        input=b"hello",
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verify(read_signature((tmp_path / "sig").read_bytes(), b"hello"))


@settings(max_examples=200)
@given(st.data())
def test_no_altered_signature_passes_or_is_a_bug(data: st.DataObject) -> None:
    good = bytearray(SIGNED)
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= data.draw(st.integers(1, 255))
    try:
        verify(read_signature(bytes(good), b"hello"))
    except BadSignature:
        return
    # The armour's own line ends, and bits that base64 does not use, say nothing: then it is the same signature.
    assert read_signature(bytes(good), b"hello") == read_signature(SIGNED, b"hello")


def test_a_file_of_signers_says_what_is_wrong_where(tmp_path: Path) -> None:
    private = key(tmp_path, "ana")
    lines = (f"a {public(private)}", "b ssh-ed25519", "c ssh-ed25519 %%%", f"d cert-authority {public(private)}")
    with pytest.raises(ClearwayError) as error:
        read_signers(allowed(tmp_path, *lines))
    assert [d.position.line for d in error.value.diagnostics] == [2, 3, 4]
    with pytest.raises(ClearwayError, match="No such file"):
        read_signers(tmp_path / "nowhere")


def _signed() -> bytes:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    text = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
    return sign(b"hello", text)


SIGNED = _signed()
