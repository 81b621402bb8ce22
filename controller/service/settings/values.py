"""The settings of the service, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from controller.access.settings import AccessSettings
from controller.git.settings import GitSettings
from controller.leadership.settings import ControllersSettings
from controller.page.settings import PageSettings
from controller.service.reconcile.settings import Settings as Reconciling
from controller.service.rollout.policy import AUTOMATIC, Policy
from controller.telemetry.settings import TelemetrySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is served. folder: of the project; without git. git: the branch that is followed instead; policy: when its
    commits are carried out. listen: HOST:PORT of the API. look_s: seconds between looks for commits. reconcile: how
    devices are looked at, and what is done about drift."""

    folder: Path = Path()
    git: GitSettings | None = None
    policy: Policy = AUTOMATIC
    listen: str = "127.0.0.1:50051"
    look_s: float = 2.0
    reconcile: Reconciling = field(default_factory=Reconciling)
    access: AccessSettings = field(default_factory=AccessSettings)
    controllers: ControllersSettings = field(default_factory=ControllersSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
    page: PageSettings = field(default_factory=PageSettings)

    @property
    def home(self) -> Path:
        """What the state folder is in: the project, the repository, or where the service is told of one elsewhere."""
        if self.git is None:
            return self.folder
        return self.git.root if self.git.remote else Path(self.git.repository)


def followed(settings: Settings, folder: Path | None, git: str | None, branch: str | None) -> Settings:
    """The same with what options say of the texts; DIR is inside the repository where one is followed."""
    of_git = settings.git
    if git is not None:
        of_git = replace(of_git or GitSettings(repository=git, fetch_s=settings.look_s), repository=git)
    if of_git is None:
        return settings if folder is None else replace(settings, folder=folder)
    if branch is not None:
        of_git = replace(of_git, branch=branch)
    if folder is not None:
        of_git = replace(of_git, folder="" if folder == Path() else str(folder))
    return replace(settings, git=of_git)
