"""Packages that not everybody needs: they come with an extra of this one."""

from __future__ import annotations

import importlib


def need(package: str, what: str) -> None:
    """Raises ModuleNotFoundError that says which extra to install, if the package is missing."""
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:  # it is there, and lacks something itself
            raise
        raise ModuleNotFoundError(
            f"{what} needs {package}: pip install 'wrench-serverless[report]'", name=package
        ) from error
