"""Open every hostile file in this process, watched, and print what happened as JSON.

Called with the folder to make the files in. An audit hook notes whatever is opened,
run, imported or connected to while a file is read; it cannot be taken off again, so
this runs in a process of its own, with its memory limited.
"""

import json
import resource
import sys
import time
import warnings
import zipfile
from pathlib import Path

import hostile_files
import numpy as np

import nbkeras

# What reading one's own limits takes, and the lines of source shown under an error.
HARMLESS = ("/proc/", "/sys/fs/cgroup/")
FORBIDDEN = (
    "exec import marshal.loads pickle.find_class subprocess.Popen os.system "
    "os.exec os.posix_spawn os.fork socket.connect socket.getaddrinfo urllib.Request "
    "ctypes.dlopen os.remove os.rename os.mkdir os.symlink shutil.move shutil.copyfile"
).split()
ROOM = 700 * 2**20

watched, allowed, events = False, "", []


def hook(event, args):
    """Note an event while a file is being read."""
    if not watched:
        return
    if event == "open":
        path, mode = str(args[0]), args[1] or "r"
        reads = not set(mode) & set("wax+")
        source = path.endswith(".py") and reads
        if path != allowed and not source and not path.startswith(HARMLESS):
            events.append(f"open {path} {mode}")
    elif event in FORBIDDEN:
        events.append(f"{event} {str(args)[:80]}")


def attempt(action, given, path):
    """What `action(given)` raised, how long it took, how much memory, and what was noted."""
    global watched, allowed
    events.clear()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, error = time.process_time(), None
    watched, allowed = True, str(path)
    try:
        action(given)
    except BaseException as raised:
        error = raised
    finally:
        watched = False
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "kinds": [kind.__name__ for kind in type(error).__mro__] if error else [],
        "message": str(error) if error else "",
        "seconds": time.process_time() - begun,
        "megabytes": (after - before) / 1024,
        "events": list(events),
    }


def text_of(path):
    """The config of an archive, or None."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo("config.json")
            return archive.read(info).decode() if info.file_size < 2**25 else None
    except Exception:
        return None


def main(folder):
    """Make the files, warm up on good ones, then try each entry on each file."""
    warnings.simplefilter("ignore")
    made = hostile_files.make(folder, nbkeras)
    model = hostile_files.base_model(nbkeras)
    for _ in range(2):
        for name in ("good.keras", "good.h5"):
            nbkeras.models.load_model(folder / name)
            model.load_weights(folder / name)
        model.load_weights(folder / "good.weights.h5")
        nbkeras.saving.KerasFileEditor(folder / "good.weights.h5")
        try:
            nbkeras.models.load_model(made["lambda code"])
        except ValueError:
            pass
    before = model.get_weights()
    good = {"compile_config": {}, "config": {"layers": [{}, {"config": {}}]}}
    configs = hostile_files.configs(good, folder)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))
    sys.addaudithook(hook)
    report, edited = {}, {}
    for name, path in made.items():
        if path.name.endswith((".keras", ".weights.h5")):
            edited[name] = attempt(nbkeras.saving.KerasFileEditor, path, path)
        if not name.startswith("w "):
            report[f"load_model: {name}"] = attempt(
                nbkeras.models.load_model, path, path
            )
        if name[:2] in ("w ", "k ", "h5"):
            report[f"load_weights: {name}"] = attempt(model.load_weights, path, path)
        text = text_of(path) if name in configs else None
        if text:
            build = nbkeras.models.model_from_json
            report[f"model_from_json: {name}"] = attempt(build, text, "")
    good = nbkeras.models.load_model(folder / "good.keras")
    print(
        "REPORT"
        + json.dumps(
            {
                "report": report,
                "edited": edited,
                "files": len(made),
                "same": all(map(np.array_equal, before, model.get_weights())),
                "good": good.count_params(),
                "marker": (folder / hostile_files.MARKER).exists(),
                "epsilon": nbkeras.config.epsilon(),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
