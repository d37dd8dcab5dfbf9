"""What the figures were measured on."""

import os
import platform
from pathlib import Path


def machine() -> list[str]:
    """Processor, cores, memory, kernel and Python, a line each."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next(
        (line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "?"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"processor: {model}, {os.cpu_count()} cores",
        f"memory: {memory:.0f} GiB",
        f"system: {platform.system()} {platform.release()}",
        f"Python: {platform.python_version()}",
    ]
