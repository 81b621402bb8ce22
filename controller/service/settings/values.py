"""The settings of the service, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from controller.access.settings import AccessSettings
from controller.leadership.settings import ControllersSettings
from controller.telemetry.settings import TelemetrySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served. folder: of the project; with git, inside the repository, of which each commit of `branch` is
    applied if auto_apply. listen: HOST:PORT of the API. look_s, judge_s: seconds between looks for commits, and between
    judgements of the network."""

    folder: Path = Path()
    git: Path | None = None
    branch: str = "main"
    listen: str = "127.0.0.1:50051"
    look_s: float = 2.0
    judge_s: float = 10.0
    auto_apply: bool = True
    access: AccessSettings = field(default_factory=AccessSettings)
    controllers: ControllersSettings = field(default_factory=ControllersSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
