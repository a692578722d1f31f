"""Multi-process training, on one machine or several."""

import os
import secrets
import zlib

import jax
import numpy as np

from nbkeras.core import rng

_PREFIX = "KERAS_DISTRIBUTION_"


def initialize(
    job_addresses: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
) -> None:
    """Connect to the other processes; call it before anything is computed.

    Afterwards `set_distribution(DataParallel())` trains one model on all devices of all
    processes. Every process runs the same program. The first one prints, shows displays
    and writes the files of callbacks; files to read, such as a backup, must exist for
    all. Without `set_random_seed`, the processes agree on a random seed here.

    Args:
        job_addresses: "host:port" of the first process, or of all, separated by commas.
        num_processes: number of processes.
        process_id: index of this process, from 0.

    An argument that is None is read from KERAS_DISTRIBUTION_JOB_ADDRESSES,
    KERAS_DISTRIBUTION_NUM_PROCESSES or KERAS_DISTRIBUTION_PROCESS_ID; without these,
    JAX detects it on supported clusters.

    Raises:
        ValueError: `process_id` is not below `num_processes`.
        RuntimeError: JAX was used already, or the other processes do not answer.
    """
    job_addresses = job_addresses or os.environ.get(f"{_PREFIX}JOB_ADDRESSES")
    num_processes = _number(num_processes, "NUM_PROCESSES")
    process_id = _number(process_id, "PROCESS_ID")
    if None not in (num_processes, process_id) and not 0 <= process_id < num_processes:
        raise ValueError(
            f"initialize(num_processes={num_processes}, process_id={process_id}): "
            f"processes are numbered from 0 to {num_processes - 1}. Give each its own "
            "number."
        )
    address = job_addresses.split(",")[0].strip() if job_addresses else None
    jax.distributed.initialize(address, num_processes, process_id)
    if not rng.is_set():
        from jax.experimental import multihost_utils

        seed = np.uint32(secrets.randbits(32))
        rng.set_seed(int(multihost_utils.broadcast_one_to_all(seed)))


def agree(facts):
    """Check that the processes agree; otherwise they would deadlock or diverge.

    Args:
        facts: {description for the message: integer from 0 to below 2**32}.

    Raises:
        ValueError: in every process; the message lists the values of all.
    """
    from jax.experimental import multihost_utils

    own_values = np.array(list(facts.values()), np.uint32)
    for name, values in zip(
        facts, multihost_utils.process_allgather(own_values).T, strict=True
    ):
        if len(set(values.tolist())) > 1:
            listed = ", ".join(f"{value} in {id}" for id, value in enumerate(values))
            raise ValueError(
                f"The processes differ in {name}: {listed}. All must run the same "
                "program: call nbkeras.distribution.initialize before the model is "
                "created, and give each process the same number of batches."
            )


def fingerprint(arrays):
    """A checksum of arrays, from 0 to below 2**32."""
    checksum = 0
    for array in arrays:
        checksum = zlib.crc32(np.ascontiguousarray(array).tobytes(), checksum)
    return checksum


def _number(value, name):
    """`value`, or that of the environment variable, as an int; None if neither."""
    if value is None:
        value = os.environ.get(_PREFIX + name)
    return None if value is None else int(value)
