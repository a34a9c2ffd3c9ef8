"""A file that appears whole or not at all, whatever ends the writing."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file, and its folder, and rename it into place; OSError as from the disk."""
    half = path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(content)
    half.replace(path)
