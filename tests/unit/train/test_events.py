"""Events as data: to JSON and back, with every number on the host."""

import json
from dataclasses import fields

import jax.numpy as jnp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras.train import events

NUMBERS = st.floats(allow_nan=False)  # infinity is among them
LOGS = st.dictionaries(st.text(max_size=8), NUMBERS, max_size=4)
WHOLE = st.integers(0, 10**9)
BY_TYPE = {
    "float": NUMBERS,
    "int": WHOLE,
    "int | None": st.none() | WHOLE,
    "float | None": st.none() | NUMBERS,
    "bool": st.booleans(),
    "str": st.text(max_size=20),
    "tuple": st.lists(st.text(max_size=5), max_size=3).map(tuple),
    "dict": LOGS,
    "Any": st.none() | NUMBERS,
    "Status": st.sampled_from(events.Status),
}


@st.composite
def any_event(draw):
    # The outputs of predictions are arrays and are left out of JSON.
    kinds = set(events.KINDS.values()) - {events.PredictStepEnded}
    kind = draw(st.sampled_from(sorted(kinds, key=str)))
    values = {}
    for field in fields(kind):
        name = field.type if isinstance(field.type, str) else None
        name = name or getattr(field.type, "__name__", str(field.type))
        name = str(field.type) if "|" in str(field.type) else name
        values[field.name] = draw(BY_TYPE[name])
    return kind(**values)


@given(any_event())
@settings(max_examples=60)
def test_every_event_comes_back_from_json_as_it_was(event):
    text = json.dumps(event.to_json(), allow_nan=False)
    assert events.from_json(json.loads(text)) == event


def test_host_turns_device_numbers_into_floats_and_keeps_the_event():
    event = events.StepEnded(
        0.5, 1, 2, 3, 4, {"loss": jnp.float32(0.25)}, jnp.float32(0.5)
    )
    told = event.host()
    assert told == events.StepEnded(0.5, 1, 2, 3, 4, {"loss": 0.25}, 0.5)
    assert type(told.logs["loss"]) is float
    assert type(told.learning_rate) is float


def test_a_run_knows_its_total_number_of_steps():
    assert events.FitStarted(epochs=5, initial_epoch=2, steps=10).total_steps == 30
    assert events.FitStarted(epochs=5).total_steps is None


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ({"event": "Party"}, "the kinds are FitStarted"),
        ({"event": "StepEnded", "cake": 1}, r"no fields \['cake'\]"),
    ],
)
def test_what_is_no_event_is_refused(data, advice):
    with pytest.raises(ValueError, match=advice):
        events.from_json(data)
