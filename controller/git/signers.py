"""Who may sign commits: an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS), and what it says of a commit."""

from __future__ import annotations

import base64
import binascii
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dulwich.objects import Commit

from controller.git.objects import author_of, fault
from controller.git.sshsig import NAMESPACE, BadSignature, read_signature, verify
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

_TIMES: Final = ("%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
_OPTIONS: Final = ("namespaces", "valid-after", "valid-before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One line. principals: as written. namespaces: empty, any."""

    principals: str
    key: bytes
    namespaces: tuple[str, ...] = ()
    after: datetime | None = None
    before: datetime | None = None

    def may(self, moment: datetime) -> bool:
        """Whether the key counts at an instant, for git."""
        return (
            (not self.namespaces or NAMESPACE in self.namespaces)
            and (self.after is None or self.after <= moment)
            and (self.before is None or moment < self.before)
        )


def read_signers(path: Path) -> tuple[Signer, ...]:
    """The lines of the file. Raises ClearwayError with all that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise fault(
            "signers-file",
            f"{path}: {why}",
            "write one line a person: `mail@example.org ssh-ed25519 AAAA...`",
            str(path),
        ) from error
    found: list[Signer] = []
    faults: list[Diagnostic] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(_signer(line))
        except ValueError as error:
            faults.append(
                Diagnostic(
                    code="signers-file",
                    message=f"this is no allowed signer: {error}",
                    hint='write `mail@example.org namespaces="git" ssh-ed25519 AAAA...`',
                    position=Position(str(path), number, 1),
                )
            )
    if faults:
        raise ClearwayError(*faults)
    return tuple(found)


def _signer(line: str) -> Signer:
    words = shlex.split(line, comments=False, posix=True)
    if len(words) < 3:
        raise ValueError("principals, a kind of key and a key are needed")
    principals, rest = words[0], words[1:]
    options: dict[str, str] = {}
    if not rest[0].startswith(("ssh-", "ecdsa-", "sk-")):
        options = _options(line)
        rest = rest[1:]
    if len(rest) < 2:
        raise ValueError("the key is missing")
    try:
        key = base64.b64decode(rest[1], validate=True)
    except binascii.Error as error:
        raise ValueError("the key is no base64") from error
    if not key[4:].startswith(rest[0].encode()):
        raise ValueError(f"the key is not of the kind {rest[0]}")
    return Signer(
        principals=principals,
        key=key,
        namespaces=tuple(n for n in options.get("namespaces", "").split(",") if n),
        after=_time(options.get("valid-after")),
        before=_time(options.get("valid-before")),
    )


def _options(line: str) -> dict[str, str]:
    """`a="x,y",b` of the second word, in which commas between quotes part nothing."""
    lexer = shlex.shlex(line.split(maxsplit=1)[1], posix=True, punctuation_chars=False)
    lexer.whitespace = ","
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: dict[str, str] = {}
    for word in lexer:
        name, _, value = word.partition("=")
        # The last option carries the rest of the line behind it, unless a comma does.
        value, _, behind = value.partition(" ")
        name = name.strip().lower()
        if name not in _OPTIONS:
            raise ValueError(f"the option {name.split(' ')[0]!r} is not supported")
        found[name] = value
        if behind:
            break
    return found


def _time(text: str | None) -> datetime | None:
    """As ssh-keygen takes it: the machine's own time, or UTC with a Z behind."""
    if text is None:
        return None
    utc = text.endswith(("Z", "z"))
    for form in _TIMES:
        try:
            # What has no zone is the machine's own time: astimezone() takes it so.
            read = datetime.strptime(text.rstrip("Zz"), form)  # noqa: DTZ007
        except ValueError:
            continue
        return read.replace(tzinfo=UTC) if utc else read.astimezone(UTC)
    raise ValueError(f"{text!r} is no time such as 20261231 or 20261231235959Z")


def judge(commit: Commit, signers: tuple[Signer, ...], where: str) -> Diagnostic | None:
    """Why a commit is not to be trusted, or None. A key counts if it was valid when the commit was made."""

    def refused(code: str, why: str, hint: str) -> Diagnostic:
        message = f"commit {commit.id.decode()[:12]} by {author_of(commit)} {why}"
        return Diagnostic(code=code, message=message, hint=hint, position=Position(where))

    if commit.gpgsig is None:
        return refused(
            "commit-unsigned",
            "is not signed",
            "sign it: git config gpg.format ssh; git config user.signingkey KEY.pub; git commit --amend -S",
        )
    try:
        signature = read_signature(commit.gpgsig, commit.raw_without_sig())
        verify(signature)
    except BadSignature as error:
        return refused("commit-bad-signature", f"has a signature that does not count: {error}", _AGAIN)
    moment = datetime.fromtimestamp(commit.commit_time, UTC)
    of_key = [s for s in signers if s.key == signature.key]
    if not of_key:
        return refused(
            "commit-unknown-key",
            f"is signed with the key {signature.fingerprint}, which nobody has allowed",
            "let somebody who may sign commit it, or add the key to the allowed-signers file",
        )
    if not any(s.may(moment) for s in of_key):
        return refused(
            "commit-unknown-key",
            f"is signed with the key of {of_key[0].principals}, which did not count for git on {moment:%Y-%m-%d}",
            "look at namespaces, valid-after and valid-before in the allowed-signers file",
        )
    return None


_AGAIN: Final = "sign it again with an SSH key: git commit --amend -S; nothing else may touch it after that"
