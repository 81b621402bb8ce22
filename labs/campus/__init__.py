"""Made-up campuses of real size: a hospital and a metro of hospitals, the same on every machine for the same seed."""

from labs.campus.generate import HOSPITAL, METRO_SITES, Loopback, Size, generate, metro
from labs.campus.sites import projects

__all__ = ["HOSPITAL", "METRO_SITES", "Loopback", "Size", "generate", "metro", "projects"]
