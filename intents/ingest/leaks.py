"""Secrets that stand in a text: in a value, a comment, anywhere, since all of it is in git. Only where, never what.

Known by their form: private keys (RFC 7468 and OpenSSH's), tokens of well-known services, JSON Web Tokens (RFC 7519),
passwords in URLs; and the value of a key called password, secret, token or alike that is no reference. Texts with one
are not read further, so that no other message can quote it.
"""

from __future__ import annotations

import re
from typing import Final

from intents.ingest.report import Report
from intents.model.diagnostic import Position

_KEYS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "private-key",
    "private_key",
    "privatekey",
    "snmp-community",
)
_TOKENS: Final = (
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xox",
    "AKIA",
    "sk_live_",
    "hvs.",
    "hvb.",
)
# What it is, one of which words must be there (quick to see), and the form.
_FORMS: Final = (
    (
        "a private key",
        ("PRIVATE KEY-----", "AGE-SECRET-KEY-1"),
        re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|AGE-SECRET-KEY-1[0-9A-Z]{20,}"),
    ),
    (
        "a token",
        _TOKENS,
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
            r"|AKIA[0-9A-Z]{16}|sk_live_\w{16,}|hv[sb]\.[\w-]{20,})\b"
        ),
    ),
    ("a JSON Web Token", ("eyJ",), re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    (
        "a password in a URL",
        ("://",),
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"${}]{1,100}:(?!\$\{)[^\s/:@'\"]{1,200}@"),
    ),
    (
        "a secret",
        _KEYS,
        re.compile(
            rf"(?i)(?<![a-z0-9])(?:{'|'.join(_KEYS)})['\"]?[ \t]*:[ \t]+(?=[^\s#{{}}\[\],])"
            r"(?!['\"]{2}|['\"]?(?:\$[{A-Za-z_]|\{ ?(?:env|file|keyring)\b|null\b|~))",
        ),
    ),
)
_HINT: Final = (
    "write where it is: {env: NAME}, {file: PATH} or {keyring: SERVICE/NAME}; and since it may be in git already, "
    "let it be replaced by a new one"
)


def refuse_secrets(text: str, path: str, report: Report) -> None:
    """Report each secret with its place."""
    lower = text.lower()
    for what, words, form in _FORMS:
        if not any(word.lower() in lower for word in words):
            continue
        for match in form.finditer(text):
            at = match.start()
            line = text.count("\n", 0, at) + 1
            column = at - (text.rfind("\n", 0, at) + 1) + 1
            report.error("secret-in-text", Position(path, line, column), f"{what} stands in the text", _HINT)
