"""Random requests: messages with fields of every kind, near enough to sense to get past the first check, and bytes."""

from __future__ import annotations

import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

WORDS = (
    "", "visit", "ct-study", "ct-room", "pacs", "updates", "Ward 2 visit may reach updates with https",
    "CT室到PACS优先",
    "any single link", "weekdays 08:00-18:00", "../../etc/passwd", "a\nb: c", "---", "{", "[&a *a]", "\u0000", "\ud7ff",
    "null",
    "1e3", "0o17", "from: ct-room\nto: pacs", "from: [ct-room]\nto: pacs\nlatency: 1 us", "!!python/object:os.system x",
    "x" * 5000, "en", "zh", "operations/1", "YWZ0ZXI6dmlzaXQ=",
)  # fmt: skip
NUMBERS = (0, 1, -1, 7, 1000, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63))


def request(method: MethodDescriptor, choice: random.Random) -> bytes:
    """A request of a method's type, or now and then something else. Never one that changes the network."""
    if choice.random() < 0.05:
        return choice.randbytes(choice.randrange(40))
    message = GetMessageClass(method.input_type)()
    _fill(message, choice, 0)
    if "validate_only" in method.input_type.fields_by_name:
        message.validate_only = True  # type: ignore[attr-defined]
    return message.SerializeToString()


def _fill(message: Message, choice: random.Random, depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if choice.random() < 0.5 or depth > 4:
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            getattr(message, field.name)[choice.choice(WORDS)] = choice.choice(WORDS)
        elif field.is_repeated:
            for _ in range(choice.randrange(3)):
                _add(getattr(message, field.name), field, choice, depth)
        elif field.message_type is not None:
            getattr(message, field.name).SetInParent()
            _fill(getattr(message, field.name), choice, depth + 1)
        else:
            setattr(message, field.name, _value(field, choice))


def _add(repeated: Any, field: FieldDescriptor, choice: random.Random, depth: int) -> None:
    if field.message_type is not None:
        _fill(repeated.add(), choice, depth + 1)
    else:
        repeated.append(_value(field, choice))


def _value(field: FieldDescriptor, choice: random.Random) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return choice.choice(WORDS)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return choice.random() < 0.5
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return choice.choice((0, 1, 2, 3, 99))
    number = choice.choice(NUMBERS)
    if field.cpp_type == FieldDescriptor.CPPTYPE_INT32:
        return max(-(2**31), min(number, 2**31 - 1))
    return max(number, 0) if field.cpp_type == FieldDescriptor.CPPTYPE_UINT64 else number
