"""The connection string is a secret, and beyond this machine the server must show who it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.leadership.settings import reference
from controller.state.dsn import dsn_of, parse_dsn
from controller.state.postgres import Connection
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError
from labs.runner.postgres import USER, Server
from tests.certificates import Authority, written

SECRET = "hunter2"


@pytest.mark.parametrize("host", ["db.hospital.example", "10.0.0.5", "127.0.0.1,db.hospital.example"])
def test_another_machine_must_show_a_certificate(host: str) -> None:
    found = parse_dsn(f"postgresql://clearway:{SECRET}@{host}/clearway")
    assert "sslmode=verify-full" in found.conninfo and "sslrootcert=system" in found.conninfo
    for mode in ("disable", "allow", "prefer", "require", "verify-ca"):
        with pytest.raises(ClearwayError, match="does not find out who answers") as error:
            parse_dsn(f"postgresql://clearway:{SECRET}@{host}/clearway?sslmode={mode}")
        assert SECRET not in str(error.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "%2Frun%2Fpostgresql", ""])
def test_this_machine_need_not(host: str) -> None:
    assert "sslmode" not in parse_dsn(f"postgresql://clearway@{host}/clearway").conninfo


@pytest.mark.parametrize("text", ["", "postgresql://", f"what {SECRET} is", f"postgresql://u:{SECRET}@h", "dbname="])
def test_what_is_no_connection_string_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(ClearwayError) as error:
        parse_dsn(text)
    assert error.value.diagnostics[0].code == "database-string"
    assert SECRET not in str(error.value)


def test_it_is_given_by_reference_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "database").write_text(f"postgresql://clearway:{SECRET}@127.0.0.1/clearway\n")
    found = dsn_of(SecretRef(kind="file", name="database"), tmp_path)
    assert SECRET in found.conninfo
    assert SECRET not in repr(found) + found.place
    with pytest.raises(ClearwayError, match="not the secret") as error:
        reference(f"postgresql://clearway:{SECRET}@127.0.0.1/clearway", "--database")
    assert SECRET not in str(error.value)


@pytest.fixture
def with_tls(postgres: Server, tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """The server with a certificate for `localhost`, and the folder of its CA."""
    authority = Authority("hospital")
    files = written(authority.issue("localhost", trusts=authority), postgres.folder, "server")
    files["key"].chmod(0o600)
    if os.geteuid() == 0:
        for file in files.values():
            shutil.chown(file, USER, USER)
    (tmp_path / "ca.pem").write_text(authority.pem)
    (tmp_path / "other.pem").write_text(Authority("another").pem)
    options = {"ssl": "on", "ssl_cert_file": files["certificate"], "ssl_key_file": files["key"]}
    postgres.stop()
    postgres.start(*(word for name, value in options.items() for word in ("-c", f"{name}={value}")))
    yield postgres, tmp_path
    postgres.stop()
    postgres.start()


def test_a_server_that_another_ca_signed_is_not_spoken_to(with_tls: tuple[Server, Path]) -> None:
    server, folder = with_tls
    base = server.database().replace("127.0.0.1", "localhost")
    good = Connection(parse_dsn(f"{base}?sslmode=verify-full&sslrootcert={folder / 'ca.pem'}"))
    with good.transaction() as transaction:
        assert transaction.run("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)]
    good.close()
    bad = Connection(parse_dsn(f"{base}?sslmode=verify-full&sslrootcert={folder / 'other.pem'}"))
    with pytest.raises(ClearwayError, match="certificate verify failed"), bad.transaction():
        raise AssertionError


def test_a_server_that_forgets_is_not_used(postgres: Server) -> None:
    postgres.stop()
    postgres.start("-c", "fsync=off")
    try:
        with (
            pytest.raises(ClearwayError, match="may forget") as error,
            Connection(parse_dsn(postgres.database())).transaction(),
        ):
            raise AssertionError
        assert error.value.diagnostics[0].code == "database-unsafe"
    finally:
        postgres.stop()
        postgres.start()
