"""An XRay for display: rows of numbers, and findings as sentences."""

import math

from nbkeras.analysis.xray.findings import Finding, Kind, diagnose
from nbkeras.analysis.xray.layer_statistics import RECTIFIERS
from nbkeras.core.names.display_name import display_name
from nbkeras.notebook.widget import translations

# Most layers on the page; layers without weights are omitted first.
MOST_LAYERS = 60
MOST_NAMES = 3
# Values of findings that are fractions.
SHARES = {"share", "training", "rest", "agreement", "augmented", "chance"}


def picture_of(look):
    """The trait `look`: an XRay as JSON-compatible numbers and sentences."""
    findings = diagnose(look)
    layers = list(look.layers)
    if len(layers) > MOST_LAYERS:
        named = {name for finding in findings for name in finding.layers}
        layers = [la for la in layers if la.weights or la.is_frozen or la.name in named]
    shown = layers[:MOST_LAYERS]
    return {
        "loss": plain(look.loss),
        "rows": look.rows,
        "rate": plain(look.learning_rate),
        "layers": [_row(layer) for layer in shown],
        "more": len(look.layers) - len(shown),
        "findings": [
            {"kind": str(f.kind), "layers": list(f.layers), "text": sentence(f)}
            for f in findings
        ],
        "healthy": "" if findings else translations.text("xray", "healthy"),
        "words": translations.table("xray", for_page=True),
    }


def _row(layer):
    output, weights = layer.output, layer.weights
    row = {
        "name": layer.name,
        "kind": layer.kind,
        "activation": layer.activation,
        "frozen": layer.is_frozen,
        "finite": all(p is None or p.is_finite for p in (output, weights)),
        "output": None,
        "weights": None,
    }
    if output is not None:
        names = ("mean", "rms", "low", "high", "zeros", "dead", "saturated")
        row["output"] = {name: plain(getattr(output, name)) for name in names}
        if layer.activation not in RECTIFIERS:  # zeros have other causes
            row["output"]["dead"] = 0.0
        row["output"]["counts"] = [int(count) for count in output.counts]
    if weights is not None:
        names = ("weight", "gradient", "update", "largest", "ratio")
        row["weights"] = {name: plain(getattr(weights, name)) for name in names}
    return row


def plain(value):
    """A number with four digits in a form that JSON can represent, or None."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.4g}")


def sentence(finding: Finding) -> str:
    """A finding as a sentence: what is wrong, and what to try."""
    values = {}
    least = finding.values.get("least")
    for name, value in finding.values.items():
        shown = percent if name in SHARES else number
        values[name] = shown(value)
        # Layers may differ: "56 % – 100 %".
        if least is not None and shown(least) != shown(value):
            values[name] = f"{shown(least)} – {shown(value)}"
    key = str(finding.kind)
    if finding.kind is Kind.NOT_FINITE and not finding.layers:
        key = "not_finite_loss"
    return translations.text("xray", key, **{"layers": names(finding.layers), **values})


def names(layers):
    """The first few names of layers, for a sentence: "a, b and c"."""
    comma = translations.text("xray", "comma")
    more = len(layers) - MOST_NAMES
    if more > 0:
        shown = comma.join(layers[:MOST_NAMES])
        return translations.text("xray", "and_more", names=shown, n=more)
    if len(layers) < 2:
        return comma.join(layers)
    *first, last = layers
    return translations.text("xray", "and_last", names=comma.join(first), last=last)


def number(value):
    """A number for a sentence: three digits, and thousands in groups: "251,000"."""
    if math.isinf(value):
        return "more than 1e+38"
    if isinstance(value, int) or not 1000 <= abs(value) < 1e9:
        return str(value) if isinstance(value, int) else f"{value:.3g}"
    return f"{float(f'{value:.3g}'):,.0f}"


def percent(share):
    """A fraction as a percentage with two digits: "42 %", "0.12 %"."""
    return f"{share * 100:.2g} %" if share < 0.995 else f"{share * 100:.0f} %"


def caption(look):
    """The caption of an XRay."""
    gap = translations.text("xray", "gap")
    findings = gap.join(sentence(f) for f in diagnose(look))
    return translations.text(
        "xray",
        "caption",
        rows=look.rows,
        loss=f"{look.loss:.4g}",
        n=len(look.layers),
        findings=findings or translations.text("xray", "healthy"),
    )


def as_text(look):
    """The findings and a table as text, for a terminal."""
    head = f"{'layer':24}{'activations':>14}{'dead':>8}{'gradient':>11}{'ratio':>11}"
    lines = [head]
    for layer in look.layers:
        output, weights = layer.output, layer.weights
        rms = f"rms {output.rms:.3g}" if output else "-"
        is_rectified = output and layer.activation in RECTIFIERS
        dead = percent(output.dead) if is_rectified and output.dead else ""
        gradient = f"{weights.gradient:.2g}" if weights else "-"
        ratio = f"{weights.ratio:.2g}" if weights and weights.ratio is not None else "-"
        name = display_name(layer.name, 23)
        lines.append(f"{name:24}{rms:>14}{dead:>8}{gradient:>11}{ratio:>11}")
    return "\n".join([*lines, *(sentence(f) for f in diagnose(look))])
