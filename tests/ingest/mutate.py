"""Documents and sentences, damaged in every way that editors, people and attackers damage them. Seeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

REFUSALS = Path(__file__).parents[1] / "compile" / "refusals"
CAMPUS = (REFUSALS / "campus.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
INTENTS = f"""{HEAD}spec:
  from: [ct, console]
  to: pacs
  class: imaging
  deliver: {{images: 1000, size: 512 KiB, within: 2 s}}
  services: [dicom, tcp/8080]
  latency: 50 ms
  when: weekdays 08:00-18:00 Asia/Shanghai
---
{HEAD.replace("name: x", "name: y, labels: {a: b}")}spec:
  {{from: desk, to: his, limit: 4 Mbit/s, one-way: true, survive: any single link}}
---
{HEAD.replace("name: x", "name: z")}spec: {{quarantine: printer}}
"""
TOPOLOGY = """name: tiny
topology:
  defaults: {labels: {clearway.segment.lan: "vlan: 10, subnet: 10.1.0.0/16", clearway.posture.within lan: all}}
  kinds: {linux: {image: "x:${TAG:-latest}"}}
  nodes:
    sw: {kind: linux, labels: {clearway.role: gateway, clearway.datapath: "0x1", clearway.rate: 1 Gbit/s}}
    a: {kind: linux, labels: {clearway.segment: lan, clearway.address: 10.1.0.2}}
    b: {kind: linux, labels: {clearway.segment: lan, clearway.address: 10.1.0.3}}
  links:
    - endpoints: ["sw:eth1", "a:eth0"]
    - {type: veth, endpoints: [{node: sw, interface: eth2}, {node: b, interface: eth0}]}
"""
SENTENCES = (
    "CT to PACS gets imaging priority, is guaranteed 5 Mbit/s",
    "1,000 images of 512 KiB from PACS to the CT within 2 seconds",
    "Desk and far never reach imaging, one way",
    "Teleconsultation between desk and far keeps delay under 150 ms on weekdays from 8 to 18",
    "Quarantine printer",
    "CT到PACS影像优先，保证5 Mbit/s",
    "desk与far之间远程会诊时延低于150毫秒，工作日8点到18点",
    "隔离printer",
    "desk不得访问imaging，单向",
)
PIECES = (
    *"{}[]:,-&*!|>'\"%@`#?\t\n \\",
    "&a",
    "*a",
    "!!python/object:os.system",
    "<<: *a",
    "---\n",
    "...",
    "{{{{",
    "[" * 200,
    "- " * 100,
    "9" * 400,
    "-1",
    "1e999",
    "0x",
    "0o9",
    "~",
    "null",
    "yes",
    "\u0000",
    "\ud800",
    "\ufeff",
    "\u2028",
    "\ue000",
    "优先",
    "到",
    "，",
    "room",
    "gets priority",
    "and",
    "within",
    "${A:-${B}}",
    "$$",
    "any single",
    "Gbit/s",
    "10.0.0.0/0",
    "ff:ff:ff:ff:ff:ff",
)


def damaged(count: int, seed: int) -> Iterator[Mapping[str, str]]:
    """Folders of texts with something wrong in one of them, or nothing."""
    random = Random(seed)  # noqa: S311 - the same damage again is what is wanted
    for _ in range(count):
        kind = random.randrange(4)
        if kind == 0:
            yield {"campus.yaml": _damage(CAMPUS, random), "intents/a.yaml": INTENTS}
        elif kind == 1:
            yield {"campus.yaml": CAMPUS, "intents/a.yaml": _damage(INTENTS, random)}
        elif kind == 2:
            yield {"tiny.clab.yml": _damage(TOPOLOGY, random)}
        else:
            said = _damage(random.choice(SENTENCES), random)
            quoted = said.replace("'", "''").replace("\n", " ")
            yield {"campus.yaml": CAMPUS, "intents/a.yaml": f"{HEAD}spec: {{say: '{quoted}'}}\n"}


def _damage(text: str, random: Random) -> str:
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        text = random.choice(_WAYS)(text, random)
    return text


def _span(text: str, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(text) + 1)
    return begin, min(len(text), begin + random.choice((1, 1, 2, 5, 20, 100)))


def _delete(text: str, random: Random) -> str:
    begin, end = _span(text, random)
    return text[:begin] + text[end:]


def _repeat(text: str, random: Random) -> str:
    begin, end = _span(text, random)
    return text[:end] + text[begin:end] * random.choice((1, 1, 2, 30)) + text[end:]


def _insert(text: str, random: Random) -> str:
    begin, _ = _span(text, random)
    return text[:begin] + random.choice(PIECES) + text[begin:]


def _overwrite(text: str, random: Random) -> str:
    begin, end = _span(text, random)
    return text[:begin] + random.choice(PIECES) + text[end:]


def _swap(text: str, random: Random) -> str:
    (a, b), (c, d) = sorted((_span(text, random), _span(text, random)))
    return text if b > c else text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _flip(text: str, random: Random) -> str:
    begin, _ = _span(text, random)
    return (
        text
        if begin >= len(text)
        else text[:begin] + chr(ord(text[begin]) ^ 1 << random.randrange(7)) + text[begin + 1 :]
    )


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


def _word(text: str, random: Random) -> str:
    words = text.split(" ")
    i, j = random.randrange(len(words)), random.randrange(len(words))
    words[i], words[j] = words[j], words[i]
    return " ".join(words)


_WAYS = (_delete, _repeat, _insert, _overwrite, _swap, _flip, _cut, _word)
