"""Whatever has a name has a case: a new name without a row in its table fails here."""

import attention_cases
import layer_cases
import loss_cases
import metric_cases
import optimizer_cases
import pytest
import weight_cases

from nbkeras import layers, losses, metrics
from nbkeras.ops import activations, constraints, initializers, regularizers
from nbkeras.optimizers.registry import registry as optimizer_names
from nbkeras.optimizers.registry import schedules

LAYERS = [*layer_cases.ALL, *layer_cases.OLD, *layer_cases.MERGE, *attention_cases.ALL]
TABLES = {
    "layers": (layers.registry, LAYERS, layer_cases.ELSEWHERE),
    "losses": (losses.registry, loss_cases.CASES, loss_cases.BY_HAND),
    "metrics": (metrics.registry, metric_cases.CASES, metric_cases.BY_HAND),
    "optimizers": (
        optimizer_names,
        optimizer_cases.CASES,
        {"LossScaleOptimizer", "MultiOptimizer", "DPSGD", "DPAdam"},
    ),
    "schedules": (schedules, optimizer_cases.SCHEDULES, set()),
    "initializers": (initializers.registry, weight_cases.RANDOM, weight_cases.FIXED),
    "constraints": (constraints.registry, weight_cases.CONSTRAINTS, set()),
    "regularizers": (regularizers.registry, weight_cases.REGULARIZERS, set()),
}


@pytest.mark.parametrize("family", TABLES)
def test_every_class_has_a_row_and_every_row_a_class(family):
    registry, rows, elsewhere = TABLES[family]
    known = {row if isinstance(row, str) else row[0] for row in rows} | elsewhere
    # Models are layers too, but stand among the models' own tests.
    classes = {
        name
        for name in registry.names()
        if name[0].isupper()
        and not registry.lookup(name).__module__.startswith("nbkeras.models")
    }
    assert classes - known == set(), f"without a row in the table of {family}"
    assert known - classes == set(), f"a row of {family} for what is not there"


def test_every_activation_is_compared_by_its_name():
    # Their tests go through the registry itself, so that none can be left out.
    assert all(callable(activations.get(name)) for name in activations.registry.names())
