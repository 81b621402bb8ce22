"""The images of the labs' nodes, from the container files in labs/images.

Below them is Debian's own image where a registry can be reached, and the same release by debootstrap where none can.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from labs.containers.commands import cache, run
from labs.containers.engine import Engine
from labs.runner.errors import LabError

RELEASE: Final = "bookworm"
OFFICIAL: Final = f"debian:{RELEASE}-slim"
BOOTSTRAPPED: Final = f"clearway/debian:{RELEASE}"
ARCHIVE: Final = "http://deb.debian.org/debian"
KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
BASE: Final = "base"
ROLES: Final = ("switch", "olt", "onu", "host", "pacs", "controller")
_LABEL: Final = "dev.clearway.content"
_PULL_S: Final = 60.0
_BUILD_S: Final = 900.0
_ROOT: Final = Path(__file__).resolve().parents[2]
_COPIED: Final = ("intents", "southbound", "controller", "labs")
# What the base is made of; the images on it have all.
_BELOW: Final = ("requirements.lock", "labs/images/base", "labs/images/authorities")
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", ".lab", "clab-*", ".hypothesis")
_LOCAL_AUTHORITIES: Final = Path("/usr/local/share/ca-certificates")

Say = Callable[[str], None]


def name_of(role: str) -> str:
    """The image's name, as the topologies write it."""
    return f"clearway/lab-{role}:latest"


def build_all(engine: Engine, say: Say) -> None:
    """Build what is missing or was made from other sources. Raises LabError."""
    with tempfile.TemporaryDirectory(prefix="clearway-images-") as temporary:
        context = Path(temporary)
        _stage(context)
        below, above = _hash(context, _BELOW), _hash(context, ("",))
        wanted = {BASE: below, **dict.fromkeys(ROLES, above)}
        missing = [role for role, content in wanted.items() if _content(engine, role) != content]
        for role in missing:
            say(f"building {name_of(role)}")
            words = ["--network", "host", "--label", f"{_LABEL}={wanted[role]}"]
            words += ["--build-arg", f"DEBIAN={_debian(engine, say)}"] if role == BASE else []
            file = str(context / "labs/images" / role / "Containerfile")
            engine.docker("build", "-q", *words, "-f", file, "-t", name_of(role), str(context), within_s=_BUILD_S)


def _content(engine: Engine, role: str) -> str | None:
    """From which sources an image was made; None where it is not there."""
    form = f'{{{{index .Config.Labels "{_LABEL}"}}}}'
    try:
        return engine.docker("image", "inspect", "-f", form, name_of(role)).strip()
    except LabError:
        return None


def _stage(context: Path) -> None:
    """Lay out what the container files copy."""
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy2(_ROOT / name, context / name)
    for name in _COPIED:
        shutil.copytree(_ROOT / name, context / name, ignore=_LEFT_OUT)
    for authority in sorted(_LOCAL_AUTHORITIES.glob("*.crt")):
        shutil.copy2(authority, context / "labs/images/authorities" / authority.name)


def _hash(context: Path, below: Sequence[str]) -> str:
    """Of what is in these files and folders."""
    digest = sha256()
    for top in (context / name for name in below):
        for path in sorted(p for p in (top, *top.rglob("*")) if p.is_file()):
            digest.update(f"{path.relative_to(context)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _debian(engine: Engine, say: Say) -> str:
    """The name of an image with Debian and nothing else."""
    for known in (OFFICIAL, BOOTSTRAPPED):
        if engine.docker("image", "ls", "-q", known).strip():
            return known
    try:
        engine.docker("pull", "-q", OFFICIAL, within_s=_PULL_S)
    except LabError:
        say(f"no registry can be reached: {BOOTSTRAPPED} is made by debootstrap")
        return _bootstrap(engine)
    return OFFICIAL


def _bootstrap(engine: Engine) -> str:
    if shutil.which("debootstrap", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        raise LabError("debootstrap is not installed", "apt-get install debootstrap debian-archive-keyring")
    archive = cache() / f"debian-{RELEASE}.tar"
    if not archive.exists():
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="clearway-debian-", dir=cache()) as temporary:
            root = Path(temporary) / "root"
            words = ["--variant=minbase", f"--keyring={KEYRING}", "--include=ca-certificates", RELEASE]
            run(["debootstrap", *words, str(root), ARCHIVE], within_s=_BUILD_S)
            made = archive.with_suffix(".new")
            run(["tar", "-C", str(root), "--exclude=./var/cache/apt/archives/*.deb", "-cf", str(made), "."])
            made.replace(archive)
    engine.docker("import", str(archive), BOOTSTRAPPED, within_s=_BUILD_S)
    return BOOTSTRAPPED
