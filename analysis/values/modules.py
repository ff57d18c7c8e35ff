"""Finds modules by the folder they are in."""

import importlib
import pkgutil
from types import ModuleType


def modules_of(package: str) -> list[ModuleType]:
    """All modules of a package and of the packages below it, imported, by name."""
    parent = importlib.import_module(package)
    found = pkgutil.walk_packages(parent.__path__, f"{package}.")
    return [importlib.import_module(item.name) for item in found if not item.ispkg]
