"""The five phases of a gradient descent step, written out with the numbers of a path.

Lines are formulas with numbers and no words, so they need no translation.
"""

import numpy as np

from nbkeras import optimizers

PHASES = ("initialise", "error", "gradient", "update", "repeat")
# Points that are written out; the mean is over all points.
ROWS_SHOWN = 5


def lesson(problem, optimizer, path, at):
    """The lines of each phase of step number `at` (from 0): {phase: [text, ...]}.

    Args:
        problem: the Problem being minimised.
        optimizer: the optimizer of the path.
        path: a Path.
        at: 0 to len(path); len(path) has lines for the first two phases only.
    """
    at = min(max(at, 0), len(path))
    lines = {
        "initialise": _place(problem, path, at),
        "error": _error(problem, path, at),
    }
    if at < len(path):
        lines["gradient"] = _gradient(problem, path, at)
        lines["update"] = _update(problem, optimizer, path, at)
        lines["repeat"] = _repeat(path, at)
    return {phase: lines.get(phase, []) for phase in PHASES}


def model_lesson(path, at, count, rows, names, words):
    """The lines of each phase for the path of a model, with norms instead of numbers.

    Args:
        path: a ModelPath.
        at: number of the step, from 0.
        count: number of trainable parameters.
        rows: number of examples that the loss is computed on.
        names: names of the two directions of the map.
        words: {key: text} of the lines that are sentences.
    """
    at = min(max(at, 0), len(path))
    place = list(zip(names, path.positions[at], strict=True))
    lines = {
        "initialise": [
            words["all_weights"].format(count=f"{count:,}"),
            *(f"{name} = {number(value)}" for name, value in place),
        ],
        "error": [
            words["loss_on"].format(rows=f"{rows:,}", loss=number(path.losses[at]))
        ],
    }
    if at < len(path):
        after = path.positions[at + 1]
        lines["gradient"] = [
            words["loss_on_batch"].format(loss=number(path.batch_losses[at])),
            words["steepness"].format(length=number(path.gradient_norms[at])),
        ]
        lines["update"] = [
            words["step_length"].format(length=number(path.step_norms[at])),
            *(
                f"{name} ← {number(value)} + {bracketed(new - value)} = {number(new)}"
                for (name, value), new in zip(place, after, strict=True)
            ),
        ]
        lines["repeat"] = _repeat(path, at)
    return {phase: lines.get(phase, []) for phase in PHASES}


def number(value, digits=3):
    """A number as text: few digits, no decimals if large, a typographic minus sign."""
    value = float(value)
    if value == 0:
        return "0"
    if 10**digits <= abs(value) < 1e6:
        return f"{value:.0f}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def bracketed(value):
    """`number` as text, in parentheses if negative, to follow another sign."""
    text = number(value)
    return f"({text})" if text.startswith("−") else text


def _place(problem, path, at):
    return [
        f"{name} = {number(value)}"
        for name, value in zip(problem.names, path.positions[at], strict=True)
    ]


def _error(problem, path, at):
    place = path.positions[at]
    if problem.kind == "line":
        return _residuals(problem, place)
    inner = ", ".join(number(value) for value in place)
    return [f"f({inner}) = {number(path.losses[at])}"]


def _residuals(problem, place):
    a, b = (float(value) for value in place)
    x, y = np.float64(problem.x), np.float64(problem.y)
    errors = a * x + b - y
    lines = [
        f"{number(a)} · {bracketed(x[i])} + {bracketed(b)} − {bracketed(y[i])}"
        f" = {number(errors[i])}"
        for i in range(min(len(x), ROWS_SHOWN))
    ]
    if len(x) > ROWS_SHOWN:
        lines.append(f"… ({len(x)})")
    squares = " + ".join(f"{bracketed(e)}²" for e in errors[:ROWS_SHOWN])
    more = " + …" if len(x) > ROWS_SHOWN else ""
    mean = number(np.mean(errors**2))
    return [*lines, f"MSE = ({squares}{more}) / {len(x)} = {mean}"]


def _gradient(problem, path, at):
    symbol = "MSE" if problem.kind == "line" else "f"
    formula = {
        "a": "2 · mean(error · x) = ",
        "b": "2 · mean(error) = ",
    }
    return [
        f"∂{symbol}/∂{name} = "
        f"{formula[name] if problem.kind == 'line' else ''}{number(value)}"
        for name, value in zip(problem.names, path.gradients[at], strict=True)
    ]


def _update(problem, optimizer, path, at):
    write = WRITERS.get(type(optimizer), _moved)
    if _has_extras(optimizer):
        write = _moved
    lines = []
    for i, name in enumerate(problem.names):
        row = {
            "name": name,
            "w": path.positions[at][i],
            "new": path.positions[at + 1][i],
            "g": path.gradients[at][i],
            "lr": path.rates[at],
            "t": at + 1,
        }
        before = {slot: of[at][i] for slot, of in path.memory.items()}
        after = {slot: of[at + 1][i] for slot, of in path.memory.items()}
        lines += write(optimizer, row, before, after)
    return lines


def _repeat(path, at):
    before, after = path.losses[at], path.losses[at + 1]
    line = f"{number(before)} → {number(after)}"
    if np.isfinite(after) and before:
        line += f" ({number(100 * (after - before) / abs(before), 3)} %)"
    return [line]


def _has_extras(optimizer):
    """Whether a step includes more than the update rule, such as clipping or decay."""
    extras = ("clipnorm", "clipvalue", "global_clipnorm", "weight_decay")
    more = ("loss_scale_factor", "gradient_accumulation_steps", "use_ema")
    return any(getattr(optimizer, name, None) for name in extras + more)


def _moved(optimizer, row, before, after):
    change = bracketed(np.float64(row["new"]) - np.float64(row["w"]))
    name = row["name"]
    return [f"{name} ← {number(row['w'])} + {change} = {number(row['new'])}"]


def _sgd(optimizer, row, before, after):
    name, w, g, lr = row["name"], row["w"], row["g"], row["lr"]
    step = f"{number(lr)} · {bracketed(g)}"
    if "momentum" not in before:
        return [f"{name} ← {number(w)} − {step} = {number(row['new'])}"]
    keep, v, new_v = optimizer.momentum, before["momentum"], after["momentum"]
    lines = [
        f"v_{name} ← {number(keep)} · {bracketed(v)} − {step} = {number(new_v)}",
    ]
    if optimizer.nesterov:
        ahead = f"{number(keep)} · {bracketed(new_v)} − {step}"
        return [*lines, f"{name} ← {number(w)} + {ahead} = {number(row['new'])}"]
    return [*lines, f"{name} ← {number(w)} + {bracketed(new_v)} = {number(row['new'])}"]


def _adagrad(optimizer, row, before, after):
    name, g, s = row["name"], row["g"], after["accumulator"]
    return [
        f"s_{name} ← {number(before['accumulator'])} + {bracketed(g)}² = {number(s)}",
        f"{name} ← {number(row['w'])} − {number(row['lr'])} · {bracketed(g)} / "
        f"√{number(s)} = {number(row['new'])}",
    ]


def _rmsprop(optimizer, row, before, after):
    if optimizer.centered or optimizer.momentum:
        return _moved(optimizer, row, before, after)
    name, g, s = row["name"], row["g"], after["velocity"]
    keep, rest = number(optimizer.rho), number(1 - optimizer.rho)
    return [
        f"s_{name} ← {keep} · {number(before['velocity'])} + {rest} · {bracketed(g)}²"
        f" = {number(s)}",
        f"{name} ← {number(row['w'])} − {number(row['lr'])} · {bracketed(g)} / "
        f"√{number(s)} = {number(row['new'])}",
    ]


def _adam(optimizer, row, before, after):
    if optimizer.amsgrad:
        return _moved(optimizer, row, before, after)
    name, g, t = row["name"], row["g"], row["t"]
    one, two = optimizer.beta_1, optimizer.beta_2
    m, s = np.float64(after["momentum"]), np.float64(after["velocity"])
    m_hat, s_hat = m / (1 - one**t), s / (1 - two**t)
    return [
        f"m_{name} ← {number(one)} · {bracketed(before['momentum'])} + "
        f"{number(1 - one)} · {bracketed(g)} = {number(m)}",
        f"s_{name} ← {number(two)} · {number(before['velocity'])} + "
        f"{number(1 - two)} · {bracketed(g)}² = {number(s)}",
        f"m̂ = {number(m)} / (1 − {number(one)}^{t}) = {number(m_hat)}",
        f"ŝ = {number(s)} / (1 − {number(two)}^{t}) = {number(s_hat)}",
        f"{name} ← {number(row['w'])} − {number(row['lr'])} · {bracketed(m_hat)} / "
        f"√{number(s_hat)} = {number(row['new'])}",
    ]


WRITERS = {
    optimizers.SGD: _sgd,
    optimizers.Adagrad: _adagrad,
    optimizers.RMSprop: _rmsprop,
    optimizers.Adam: _adam,
}
