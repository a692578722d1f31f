"""`nbkeras doctor`: describe the environment, for bug reports."""

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

PACKAGES = (
    "nbkeras jax jaxlib optax numpy scipy h5py pillow matplotlib jupyterlab ipykernel "
    "ipywidgets anywidget"
).split()

# Where the environment stands in the report.
PLACE = "(output of nbkeras doctor)"


def report() -> list[str]:
    """Versions, devices, memory, cache folder, and support of live controls."""
    import jax

    lines = [f"Python      {sys.version.split()[0]} on {platform.platform()}"]
    lines += [f"{name:<11} {version(name)}" for name in PACKAGES]
    devices = ", ".join(f"{d.platform}:{d.id} {d.device_kind}" for d in jax.devices())
    lines.append(f"devices     {devices}")
    lines.append(f"cores       {os.cpu_count()}")
    lines.append(f"memory      {_memory()}")
    lines.append(f"cache       {_cache()}")
    lines.append(f"live        {live_controls()}")
    return lines


def bug_report() -> str:
    """The text of a bug report, with everything about the environment filled in.

    It names no user: the home folder is written as `~`.
    """
    template = Path(__file__).with_name("bug_report.md").read_text("utf-8")
    environment = "\n".join(report()).replace(str(Path.home()), "~")
    return template.replace(PLACE, environment)


def version(name: str) -> str:
    """The installed version of a package, or "not installed"."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def live_controls() -> str:
    """Whether buttons work in a running cell: needs ipykernel 7 and JupyterLab 4.4."""
    kernel, lab = version("ipykernel"), version("jupyterlab")
    if _at_least(kernel, (7, 0)) and _at_least(lab, (4, 4)):
        return "yes: messages can reach a running cell"
    return (
        f"no: needs ipykernel 7 and JupyterLab 4.4 or later, and found {kernel} and "
        f"{lab}; interrupt the kernel to stop a fit"
    )


def _at_least(installed, minimum):
    parts = installed.split(".")[:2]
    return all(p.isdigit() for p in parts) and tuple(map(int, parts)) >= minimum


def _memory():
    from nbkeras.core.machine import memory

    return f"{memory.available_bytes() / 2**20:,.0f} MB free"


def _cache():
    from nbkeras.utils.cache_folder import cache_folder
    from nbkeras.utils.compile_cache import compiled_folder, entries

    folder = Path(cache_folder())
    if not folder.exists():
        return f"{folder} (not created yet)"
    size = sum(entry.stat().st_size for entry in entries(compiled_folder()))
    return f"{folder} (compiled code: {size / 2**20:.0f} MB)"
