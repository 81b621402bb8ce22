"""The proto files keep the rules, nothing in them breaks who speaks the version before, and what is made of them is up
to date. That the rules are really looked at is shown on texts that break them one by one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import google.rpc
import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

from tests.proto.rules import breaks, faults

REPO = Path(__file__).resolve().parents[2]
GOOGLE = Path(next(iter(google.rpc.__path__))).parents[1]
OURS = "clearway/"


def compiled(root: Path, out: Path) -> FileDescriptorSet:
    files = sorted(str(p.relative_to(root)) for p in (root / "clearway").rglob("*.proto"))
    command = ["-m", "grpc_tools.protoc", f"-I{root}", f"-I{GOOGLE}", "--include_source_info"]
    done = subprocess.run(
        [sys.executable, *command, f"--descriptor_set_out={out}", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return FileDescriptorSet.FromString(out.read_bytes())


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> FileDescriptorSet:
    return compiled(REPO / "proto", tmp_path_factory.mktemp("now") / "set.binpb")


def test_the_proto_files_keep_the_rules(now: FileDescriptorSet) -> None:
    assert faults(now, OURS) == []


def test_the_stubs_are_of_these_files(now: FileDescriptorSet) -> None:
    for file in now.file:
        if file.name.startswith(OURS):
            module = import_module(f"controller._pb.{file.name.removesuffix('.proto').replace('/', '.')}_pb2")
            made = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
            plain = FileDescriptorProto()
            plain.CopyFrom(file)
            plain.ClearField("source_code_info")
            for message in _messages(plain.message_type):
                for field in message.field:
                    field.ClearField("json_name")
            assert made == plain, "run scripts/proto"


def _messages(found: Iterable[DescriptorProto]) -> Iterator[DescriptorProto]:
    for message in found:
        yield message
        yield from _messages(message.nested_type)


def test_the_reference_page_is_of_these_files(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = subprocess.run([sys.executable, "scripts/api-reference", page], cwd=REPO, check=False)
    assert done.returncode == 0
    assert page.read_text() == (REPO / "docs/api-reference.md").read_text(), "run scripts/proto"


def test_nothing_breaks_who_speaks_the_released_version(now: FileDescriptorSet) -> None:
    released = FileDescriptorSet.FromString((REPO / "proto/released.binpb").read_bytes())
    assert breaks(released, now, OURS) == []


BAD = """
syntax = "proto3";
package clearway.bad.v1;
// Kind.
enum Kind {
  // Zero.
  KIND_NONE = 0;
  // Other.
  OTHER = 1;
}
// Ask.
message Ask {
  // Camel.
  string badName = 1;
  string silent = 2;
}
// Say.
message SayResponse {}
// Speaker.
service Speaker {
  // Say.
  rpc Say(Ask) returns (SayResponse);
}
"""


def test_what_breaks_a_rule_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "clearway/other"
    folder.mkdir(parents=True)
    (folder / "bad.proto").write_text(BAD)
    text = "\n".join(faults(_made(tmp_path), OURS))
    for rule in (
        "PACKAGE_DIRECTORY_MATCH",
        "ENUM_ZERO_VALUE_SUFFIX: KIND_NONE",
        "ENUM_VALUE_PREFIX: OTHER",
        "FIELD_LOWER_SNAKE_CASE: badName",
        "COMMENT: Ask.silent",
        "SERVICE_SUFFIX",
        "RPC_REQUEST_STANDARD_NAME: Ask",
    ):
        assert rule in text
    (folder / "bad.proto").write_text(BAD.replace("clearway.bad.v1", "clearway.bad"))
    assert "PACKAGE_VERSION_SUFFIX" in "\n".join(faults(_made(tmp_path), OURS))


def test_what_breaks_a_client_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "clearway/other"
    folder.mkdir(parents=True)
    (folder / "bad.proto").write_text(BAD)
    before = _made(tmp_path)
    for old, new, told in (
        ("string badName = 1", "int32 badName = 1", "clearway.bad.v1.Ask#1 was"),
        ("string badName = 1", "string badName = 3", "clearway.bad.v1.Ask#1 is gone"),
        ("OTHER = 1", "OTHER = 2", "clearway.bad.v1.Kind#1 is gone"),
        ("returns (SayResponse)", "returns (stream SayResponse)", "clearway.bad.v1.Speaker/Say was"),
    ):
        (folder / "bad.proto").write_text(BAD.replace(old, new))
        assert told in "\n".join(breaks(before, _made(tmp_path), OURS))
    (folder / "bad.proto").write_text(BAD.replace("string badName = 1", "reserved 1"))
    assert breaks(before, _made(tmp_path), OURS) == []


def _made(root: Path) -> FileDescriptorSet:
    return compiled(root, root / "set.binpb")
