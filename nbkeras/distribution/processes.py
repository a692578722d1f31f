"""Several processes, on one machine or many, as one."""

import os
import secrets
import zlib

import jax
import numpy as np

from nbkeras.core import rng

_VARIABLE = "KERAS_DISTRIBUTION_"


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
) -> None:
    """Meet the other processes; call it first, before anything is computed.

    Afterwards `set_distribution(DataParallel())` lets all devices of all processes
    train one model. Every process runs the same program. The first one prints, draws
    displays and writes the files of callbacks; files that are read, such as a backup
    to go on from, must be there for all. Without `set_random_seed` the processes agree
    on a seed here.

    Args:
        job_addresses: "host:port" of the first process, or of all, with commas.
        num_processes: how many there are.
        process_id: the number of this one, from 0.

    What is None is read from KERAS_DISTRIBUTION_JOB_ADDRESSES, _NUM_PROCESSES and
    _PROCESS_ID, and else found out by JAX, on clusters that it knows.

    Raises:
        ValueError: a process number that is not below the number of processes.
        RuntimeError: something was computed already, or the others were not met.
    """
    read_env = os.environ.get
    job_addresses = job_addresses or read_env(f"{_VARIABLE}JOB_ADDRESSES")
    num_processes = _number(num_processes, "NUM_PROCESSES")
    process_id = _number(process_id, "PROCESS_ID")
    if None not in (num_processes, process_id) and not 0 <= process_id < num_processes:
        raise ValueError(
            f"initialize(num_processes={num_processes}, process_id={process_id}): "
            f"processes are numbered from 0 to {num_processes - 1}. Give each another."
        )
    address = job_addresses.split(",")[0].strip() if job_addresses else None
    jax.distributed.initialize(address, num_processes, process_id)
    if not rng.is_set():
        from jax.experimental import multihost_utils

        drawn = np.uint32(secrets.randbits(32))
        rng.set_seed(int(multihost_utils.broadcast_one_to_all(drawn)))


def agree(facts):
    """Find what differs between the processes, which would wait for ever or drift.

    Args:
        facts: {words for a message: whole number, 0 to below 2**32}, alike everywhere.

    Raises:
        ValueError: in every process, with what each has.
    """
    from jax.experimental import multihost_utils

    mine = np.array(list(facts.values()), np.uint32)
    for name, values in zip(
        facts, multihost_utils.process_allgather(mine).T, strict=True
    ):
        if len(set(values.tolist())) > 1:
            listed = ", ".join(f"{value} in {at}" for at, value in enumerate(values))
            raise ValueError(
                f"The processes differ in {name}: {listed}. All must run the same "
                "program: call nbkeras.distribution.initialize before the model is "
                "created, and give each process the same number of batches."
            )


def fingerprint(arrays):
    """A number from 0 to below 2**32 that differs where the arrays do."""
    checksum = 0
    for array in arrays:
        checksum = zlib.crc32(np.ascontiguousarray(array).tobytes(), checksum)
    return checksum


def _number(given, name):
    if given is None:
        given = os.environ.get(_VARIABLE + name)
    return None if given is None else int(given)
