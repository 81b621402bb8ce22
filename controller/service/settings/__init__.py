"""What `clearway serve` is to do: values with defaults, from the options or from a file of kind Service."""

from controller.service.settings.read import read_settings
from controller.service.settings.values import Settings, followed

__all__ = ["Settings", "followed", "read_settings"]
