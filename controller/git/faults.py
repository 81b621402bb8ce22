"""What goes wrong on the way to a repository elsewhere, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paramiko
from dulwich.client import HTTPUnauthorized
from dulwich.errors import GitProtocolError, NotGitRepository

from controller.git.objects import fault


@contextmanager
def reached(where: str) -> Iterator[None]:
    """Turn every way in which a repository cannot be reached into a ClearwayError."""
    import urllib3  # noqa: PLC0415 - as in remote

    try:
        yield
    except (HTTPUnauthorized, paramiko.AuthenticationException) as error:
        raise fault(
            "remote-auth", f"{where} does not let Clearway in", "look at the key or the token, and who may read", where
        ) from error
    except paramiko.BadHostKeyException as error:
        raise fault(
            "remote-host-key",
            f"{where} shows another host key than the known-hosts file says",
            "if the server was replaced, write its new key; otherwise somebody stands in between",
            where,
        ) from error
    except NotGitRepository as error:
        raise fault("remote-gone", f"there is no repository at {where}", "look at the URL", where) from error
    except (GitProtocolError, paramiko.SSHException, urllib3.exceptions.HTTPError, OSError, EOFError) as error:
        known = "not found in known_hosts" in str(error)
        raise fault(
            "remote-host-key" if known else "remote-away",
            f"{where} cannot be reached: {_words(error)}",
            "write its host key into the known-hosts file: ssh-keyscan HOST, and compare it with the server's own"
            if known
            else "what was fetched last stays in force; it is tried again by itself",
            where,
        ) from error


def _words(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()[:300]
