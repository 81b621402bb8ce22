"""The rules of buf's STANDARD and COMMENTS categories that a descriptor and its source can show, and what breaks who
speaks an older version.

https://buf.build/docs/lint/rules, https://buf.build/docs/breaking/rules (WIRE_JSON)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

PASCAL = re.compile(r"[A-Z][A-Za-z0-9]*")
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")


def faults(files: FileDescriptorSet, ours: str) -> list[str]:
    """What is not as the rules have it, in the files of our package's folder."""
    return [fault for file in files.file if file.name.startswith(ours) for fault in _of_file(file)]


def _of_file(file: FileDescriptorProto) -> Iterator[str]:
    package = file.package
    if not re.fullmatch(r"([a-z][a-z0-9]*\.)+v[1-9][0-9]*((alpha|beta)[0-9]*)?", package):
        yield f"{file.name}: PACKAGE_VERSION_SUFFIX: {package}"
    if file.name.rpartition("/")[0] != package.replace(".", "/"):
        yield f"{file.name}: PACKAGE_DIRECTORY_MATCH: {package}"
    if not SNAKE.fullmatch(file.name.rpartition("/")[2].removesuffix(".proto")):
        yield f"{file.name}: FILE_LOWER_SNAKE_CASE"
    if file.syntax != "proto3":
        yield f"{file.name}: SYNTAX_SPECIFIED"
    if file.public_dependency or file.weak_dependency:
        yield f"{file.name}: IMPORT_NO_PUBLIC, IMPORT_NO_WEAK"
    comments = {tuple(at.path): at.leading_comments.strip() for at in file.source_code_info.location}
    for path, name in _named(file):
        if not comments.get(path):
            yield f"{file.name}: COMMENT: {name}"
    for message in file.message_type:
        yield from _of_message(message, f"{file.name}: {message.name}")
    for enum in file.enum_type:
        yield from _of_enum(enum, f"{file.name}: {enum.name}")
    yield from _of_services(file)


def _named(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Everything that bears a comment, with its path in the descriptor (descriptor.proto's field numbers)."""
    for i, message in enumerate(file.message_type):
        yield from _named_in(message, (4, i), message.name)
    for i, enum in enumerate(file.enum_type):
        yield from _named_in_enum(enum, (5, i), enum.name)
    for i, service in enumerate(file.service):
        yield (6, i), service.name
        for j, method in enumerate(service.method):
            yield (6, i, 2, j), f"{service.name}.{method.name}"


def _named_in(message: DescriptorProto, path: tuple[int, ...], name: str) -> Iterator[tuple[tuple[int, ...], str]]:
    if message.options.map_entry:
        return
    yield path, name
    for i, field in enumerate(message.field):
        yield (*path, 2, i), f"{name}.{field.name}"
    synthetic = {f.oneof_index for f in message.field if f.proto3_optional}
    for i, oneof in enumerate(message.oneof_decl):
        if i not in synthetic:
            yield (*path, 8, i), f"{name}.{oneof.name}"
    for i, nested in enumerate(message.nested_type):
        yield from _named_in(nested, (*path, 3, i), f"{name}.{nested.name}")
    for i, enum in enumerate(message.enum_type):
        yield from _named_in_enum(enum, (*path, 4, i), f"{name}.{enum.name}")


def _named_in_enum(
    enum: EnumDescriptorProto, path: tuple[int, ...], name: str
) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for i, value in enumerate(enum.value):
        yield (*path, 2, i), f"{name}.{value.name}"


def _of_message(message: DescriptorProto, where: str) -> Iterator[str]:
    if message.options.map_entry:
        return
    if not PASCAL.fullmatch(message.name):
        yield f"{where}: MESSAGE_PASCAL_CASE"
    for field in message.field:
        if not SNAKE.fullmatch(field.name):
            yield f"{where}: FIELD_LOWER_SNAKE_CASE: {field.name}"
        if field.label == FieldDescriptorProto.LABEL_REQUIRED:
            yield f"{where}: FIELD_NOT_REQUIRED: {field.name}"
    for oneof in message.oneof_decl:
        if not SNAKE.fullmatch(oneof.name.lstrip("_")):
            yield f"{where}: ONEOF_LOWER_SNAKE_CASE: {oneof.name}"
    for nested in message.nested_type:
        yield from _of_message(nested, f"{where}.{nested.name}")
    for enum in message.enum_type:
        yield from _of_enum(enum, f"{where}.{enum.name}")


def _of_enum(enum: EnumDescriptorProto, where: str) -> Iterator[str]:
    prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper() + "_"
    if not PASCAL.fullmatch(enum.name):
        yield f"{where}: ENUM_PASCAL_CASE"
    if enum.options.allow_alias:
        yield f"{where}: ENUM_NO_ALLOW_ALIAS"
    if enum.value[0].number != 0:
        yield f"{where}: ENUM_FIRST_VALUE_ZERO"
    for value in enum.value:
        if not UPPER.fullmatch(value.name):
            yield f"{where}: ENUM_VALUE_UPPER_SNAKE_CASE: {value.name}"
        if not value.name.startswith(prefix):
            yield f"{where}: ENUM_VALUE_PREFIX: {value.name}"
        if value.number == 0 and value.name != f"{prefix}UNSPECIFIED":
            yield f"{where}: ENUM_ZERO_VALUE_SUFFIX: {value.name}"


def _of_services(file: FileDescriptorProto) -> Iterator[str]:
    used: Counter[str] = Counter()
    for service in file.service:
        where = f"{file.name}: {service.name}"
        if not re.fullmatch(rf"{PASCAL.pattern}Service", service.name):
            yield f"{where}: SERVICE_SUFFIX"
        for method in service.method:
            if not PASCAL.fullmatch(method.name):
                yield f"{where}: RPC_PASCAL_CASE: {method.name}"
            taken, given = (t.rpartition(".")[2] for t in (method.input_type, method.output_type))
            if taken not in (f"{method.name}Request", f"{service.name}{method.name}Request"):
                yield f"{where}: RPC_REQUEST_STANDARD_NAME: {taken}"
            if given not in (f"{method.name}Response", f"{service.name}{method.name}Response"):
                yield f"{where}: RPC_RESPONSE_STANDARD_NAME: {given}"
            used.update((method.input_type, method.output_type))
    yield from (f"{file.name}: RPC_REQUEST_RESPONSE_UNIQUE: {name}" for name, count in used.items() if count > 1)


def breaks(before: FileDescriptorSet, after: FileDescriptorSet, ours: str) -> list[str]:
    """What a client or a server of the version before would misread."""
    old, new = _index(before, ours), _index(after, ours)
    found = [f"{name} is gone" for name in old if name not in new and not _reserved(name, new)]
    return found + [f"{name} was {was}, is {new[name]}" for name, was in old.items() if new.get(name, was) != was]


def _reserved(name: str, new: dict[str, str]) -> bool:
    """Whether what is gone can never come back as something else."""
    return f"reserved {name}" in new


def _index(files: FileDescriptorSet, ours: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in files.file:
        if file.name.startswith(ours):
            for message in file.message_type:
                _index_message(message, f"{file.package}.{message.name}", found)
            _index_enums(file.enum_type, file.package, found)
            for service in file.service:
                for m in service.method:
                    streams = f"{m.client_streaming} {m.server_streaming}"
                    found[f"{file.package}.{service.name}/{m.name}"] = f"{m.input_type} {m.output_type} {streams}"
    return found


def _index_message(message: DescriptorProto, name: str, found: dict[str, str]) -> None:
    found[name] = "message"
    for f in message.field:
        oneof = message.oneof_decl[f.oneof_index].name if f.HasField("oneof_index") else ""
        found[f"{name}#{f.number}"] = f"{f.name} {f.type} {f.label} {f.type_name} {oneof}"
    for reserved in message.reserved_range:
        found |= {f"reserved {name}#{n}": "reserved" for n in range(reserved.start, reserved.end)}
    for nested in message.nested_type:
        _index_message(nested, f"{name}.{nested.name}", found)
    _index_enums(message.enum_type, name, found)


def _index_enums(enums: Iterable[EnumDescriptorProto], inside: str, found: dict[str, str]) -> None:
    for enum in enums:
        found |= {f"{inside}.{enum.name}#{v.number}": v.name for v in enum.value}
