"""What is served is what the sources say, and says everything in both languages."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "controller" / "page"
WEB = PAGE / "web"
STATIC = PAGE / "static"
CATALOGUES = {
    language: json.loads((WEB / "src" / "language" / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("en", "zh")
}
PLACEHOLDER = re.compile(r"\{(\w+)[|}]")


def test_what_is_committed_was_built_from_these_sources() -> None:
    names = [p.relative_to(WEB).as_posix() for p in (WEB / "src").rglob("*") if p.is_file()]
    names += ["build.mjs", "package-lock.json", "package.json", "tsconfig.json"]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n{hashlib.sha256((WEB / name).read_bytes()).hexdigest()}\n".encode())
    said = (STATIC / "sources.sha256").read_text(encoding="utf-8").strip()
    assert said == digest.hexdigest(), "the page's sources have changed: run `make page` and commit what it built"


@pytest.mark.slow
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node and npm are not at hand; the page is built where they are")
    web = tmp_path / "web"
    shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    got = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=web, capture_output=True, text=True, check=False
    )
    if got.returncode != 0:
        pytest.skip(f"npm cannot fetch the page's parts here: {got.stderr[-200:]}")
    subprocess.run([npm, "run", "types"], cwd=web, check=True, capture_output=True)
    subprocess.run([node, "build.mjs", str(tmp_path / "static")], cwd=web, check=True, capture_output=True)
    for built in sorted((tmp_path / "static").iterdir()):
        assert built.read_bytes() == (STATIC / built.name).read_bytes(), built.name


def test_nothing_is_inline_or_from_elsewhere() -> None:
    document = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", document)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", document)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", document)
    script = (STATIC / "app.js").read_text(encoding="utf-8")
    assert "eval(" not in script
    assert "new Function" not in script
    assert "innerHTML" not in script
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//|@import", (STATIC / "app.css").read_text(encoding="utf-8"))


def test_both_languages_say_all_and_with_the_same_values() -> None:
    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    assert english.keys() == chinese.keys()
    for key, words in english.items():
        assert words.strip() and chinese[key].strip(), key
        assert set(PLACEHOLDER.findall(words)) >= set(PLACEHOLDER.findall(chinese[key])), key


def test_every_word_of_the_catalogues_is_used_and_none_is_written_elsewhere() -> None:
    sources = {p: p.read_text(encoding="utf-8") for p in (WEB / "src").rglob("*.ts")}
    text = "\n".join(sources.values())
    keyed = set(re.findall(r"[\"'`]([a-z]+\.[a-z]+)[\"'`]", text))
    families = set(re.findall(r"\bsaid\(\"(\w+)\"", text)) | set(re.findall(r"t\(`(\w+)\.\$", text))
    unused = {k for k in CATALOGUES["en"] if k not in keyed and k.partition(".")[0] not in families and k not in text}
    assert not unused
    # Words that a person reads stand in the catalogues: no Chinese and no sentences between the tags of the sources.
    for path, source in sources.items():
        if path.name in {"say.ts", "preferences.ts"}:  # examples in either language; the languages' own names
            continue
        assert not re.search(r"[\u4e00-\u9fff]", source), path
        assert not re.search(r"h\(\"\w+\", \{[^}]*\}, \"[A-Z][a-z]+ [a-z]", source), path
