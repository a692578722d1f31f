"""`pytest --cpu`: print the CPU time of the tests, by folder.

On a busy machine it says more than the time on the clock. It includes child processes
that have ended: neither Chromium nor a Jupyter server that still runs.
"""

import os
from collections import Counter
from itertools import chain
from pathlib import PurePosixPath

import pytest


def cpu_s():
    """Seconds of CPU that this process and its ended children have used."""
    return sum(os.times()[:4])


class CpuTimes:
    """Writes CPU times into the reports of tests, in each worker; prints their sums."""

    def __init__(self):
        self.last = cpu_s()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self):
        report = yield
        now = cpu_s()
        report.user_properties.append(("cpu_s", now - self.last))
        self.last = now
        return report

    def pytest_terminal_summary(self, terminalreporter):
        by_folder = Counter()
        for report in chain.from_iterable(terminalreporter.stats.values()):
            if isinstance(report, pytest.TestReport):
                folder = PurePosixPath(report.location[0]).parent
                by_folder[str(folder)] += dict(report.user_properties)["cpu_s"]
        terminalreporter.section(f"{by_folder.total():.0f} s of CPU")
        for folder, seconds in by_folder.most_common():
            terminalreporter.write_line(f"{seconds:8.1f}  {folder}")


def pytest_addoption(parser):
    parser.addoption("--cpu", action="store_true", help=__doc__.partition("\n")[0])


def pytest_configure(config):
    if config.getoption("cpu"):
        config.pluginmanager.register(CpuTimes())
