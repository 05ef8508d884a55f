"""Let a source distribution hold what git knows, and nothing else that lies in the checkout."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TrackedFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Takes the list of files from git; without a repository, an archive is taken as it is."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files before they are collected."""
        if not (Path(self.root) / ".git").exists():
            return
        known = subprocess.run(
            ["git", "ls-files", "-z"],  # noqa: S607
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        )
        names = [name for name in known.stdout.split("\0") if (Path(self.root) / name).is_file()]
        self.build_config.target_config["only-include"] = names
