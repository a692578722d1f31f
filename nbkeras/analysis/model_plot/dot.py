"""Dot: a model as a graph in the DOT language, for Graphviz."""

from nbkeras.analysis.model_plot.labels import labels
from nbkeras.analysis.model_plot.svg import INVALID_XML


class Dot:
    """The graph of a model as DOT text, with an interface like pydot's.

    Args:
        scene: the Scene to draw.
        name: name of the model.
        rankdir: "TB" or "LR".
        show: which labels to write, see `labels`.
        cluster: whether to write a subgraph, for inclusion in another graph.
        render: function (format) -> bytes that draws the same scene.
        size: (width, height) of the picture in CSS pixels.
    """

    def __init__(self, scene, name, rankdir, show, cluster, render, size):
        self.size = size
        self._scene, self._name, self._rankdir = scene, name, rankdir
        self._show, self._cluster, self._render = show, cluster, render

    def to_string(self):
        """The DOT text."""
        head = (
            f"subgraph {_quoted('cluster_' + self._name)}"
            if self._cluster
            else (f"digraph {_quoted(self._name)}")
        )
        lines = [f"{head} {{", f"  rankdir={self._rankdir};", "  node [shape=box];"]
        for node in self._scene.nodes:
            texts = [label.text for label in labels(node, **self._show)]
            lines.append(f"  {_quoted(node.key)} [label={_quoted(*texts)}];")
        for i, frame in enumerate(self._scene.frames):
            inside = "; ".join(map(_quoted, frame.members))
            title = f"label={_quoted(frame.title)}"
            lines.append(f"  subgraph cluster_{i} {{ {title}; {inside}; }}")
        lines += [
            f"  {_quoted(tail)} -> {_quoted(head)};" for tail, head in self._scene.edges
        ]
        return "\n".join([*lines, "}"]) + "\n"

    __str__ = to_string

    def create(self, prog=None, format="dot"):
        """The plot as bytes: "svg", "png" or "pdf", drawn by nbkeras; or "dot"."""
        return self._render(format)

    def create_svg(self):
        """The plot as the bytes of an SVG document."""
        return self.create(format="svg")

    def create_png(self):
        """The plot as the bytes of a PNG file."""
        return self.create(format="png")

    def write(self, path, prog=None, format="dot"):
        """Write the DOT text, or the plot in another format; returns True."""
        from nbkeras.saving.files import written

        with written(path) as file:
            file.write(self.create(format=format))
        return True

    def _repr_svg_(self):
        return self.create_svg().decode()


def _quoted(*lines):
    """Lines of text as one quoted string of DOT."""
    printable = [INVALID_XML.sub("\ufffd", str(line)) for line in lines]
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in printable]
    return '"' + "\\n".join(escaped) + '"'
