"""Each lesson with its Jupyter server in a container of one gibibyte.

    sudo python tests/benchmarks/lessons_in_a_gibibyte.py [--megabytes 1024] [--full]
        [LESSON ...]

Linux, as root: a control group of the kernel (v1 or v2) limits the memory of JupyterLab's
server and of the lesson's kernel together, files they read included, without swap. The
lesson runs in the kernel that the server starts, in quick mode or as a reader runs it
(`--full`), cell after cell. Run it with the Python of a Binder image for its figures. Printed
are its seconds, the most memory that was in use without what can be dropped (the cache
of files), and how many processes were killed for want of memory.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import nbformat
from jupyter_client import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
V1, V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
NAME = "nbkeras_lesson"


class Limited:
    """A control group with a limit of memory."""

    def __init__(self, limit: int) -> None:
        self.old = V1.is_dir()
        self.folder = (V1 if self.old else V2) / NAME
        self.folder.mkdir(exist_ok=True)
        if self.old:
            (self.folder / "memory.swappiness").write_text("0")
        else:
            (self.folder / "memory.swap.max").write_text("0")
        name = "memory.limit_in_bytes" if self.old else "memory.max"
        (self.folder / name).write_text(str(limit))

    def enter(self) -> None:
        """Put this process in it."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def _numbers(self, file: str) -> dict[str, int]:
        lines = (self.folder / file).read_text().splitlines()
        return {name: int(n) for name, n in (line.split() for line in lines)}

    def used(self) -> int:
        """Bytes in use that cannot be dropped."""
        stat = self._numbers("memory.stat")
        if self.old:
            return stat["rss"] + stat.get("shmem", 0)
        return stat["anon"] + stat["shmem"] + stat.get("kernel", 0)

    def killed(self) -> int:
        """Processes that were killed for want of memory."""
        file = "memory.oom_control" if self.old else "memory.events"
        return self._numbers(file)["oom_kill"]

    def processes(self) -> list[int]:
        """Ids of the processes in it."""
        return [int(n) for n in (self.folder / "cgroup.procs").read_text().split()]

    def remove(self) -> None:
        """End what still runs in it, and remove it."""
        for _ in range(100):
            if not (left := self.processes()):
                break
            for process in left:
                os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        self.folder.rmdir()


def kernel_of(home: Path) -> BlockingKernelClient:
    """The client of a kernel that the server of `home` has started."""
    while not (found := list(home.glob("runtime/jpserver-*.json"))):
        time.sleep(0.1)
    while not found[0].stat().st_size:
        time.sleep(0.1)
    server = json.loads(found[0].read_text())
    request = urllib.request.Request(
        f"{server['url']}api/kernels?token={server['token']}", b"{}", method="POST"
    )
    while True:
        try:
            answer = urllib.request.urlopen(request)
        except OSError:  # it does not listen yet
            time.sleep(0.1)
        else:
            break
    file = home / "runtime" / f"kernel-{json.load(answer)['id']}.json"
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    client.kernel_info(reply=True, timeout=120)  # also where it takes long to start
    return client


def run(path: Path, limit: int, is_quick: bool) -> dict:
    """Run the lesson of `path` within `limit` bytes."""
    group, most = Limited(limit), [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            most[0] = max(most[0], group.used())

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copy(path, home)
        environment = os.environ | {
            "NBKERAS_QUICK": "1" if is_quick else "",
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ServerApp.port=0", f"--ServerApp.root_dir={folder}"]
        with (home / "server.log").open("w") as log:
            server = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=group.enter,
            )
        threading.Thread(target=watch, daemon=True).start()
        began, failed = time.perf_counter(), []
        try:
            client = kernel_of(home)
            client.execute_interactive(f"%cd -q {folder}", timeout=60)
            for cell in nbformat.read(path, as_version=4).cells:
                if cell.cell_type != "code":
                    continue
                reply = client.execute_interactive(
                    cell.source, timeout=600, output_hook=lambda _: None
                )
                if reply["content"]["status"] != "ok":
                    failed.append(f"{cell.id}: {reply['content']['ename']}")
        finally:
            seconds, killed = time.perf_counter() - began, group.killed()
            ended.set()
            server.terminate()
            server.wait()
            group.remove()
    return {"s": seconds, "MB": most[0] / 2**20, "killed": killed, "failed": failed}


def main() -> None:
    """Run the lessons one after the other and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="parts of their names; all")
    parser.add_argument("--megabytes", type=int, default=1024, help="the limit, in MiB")
    parser.add_argument("--full", action="store_true", help="not in quick mode")
    options = parser.parse_args()
    print("| lesson | s | most memory, MiB | killed | cells that failed |")
    print("| --- | --- | --- | --- | --- |")
    for path in sorted(ROOT.glob("notebooks/en/*.ipynb")):
        if options.lessons and not any(each in path.stem for each in options.lessons):
            continue
        row = run(path, options.megabytes * 2**20, not options.full)
        failed = ", ".join(row["failed"]) or "none"
        print(
            f"| {path.stem} | {row['s']:.0f} | {row['MB']:.0f} "
            f"| {row['killed']} | {failed} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
