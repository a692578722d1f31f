"""Advice: a line for each thing to think about, until it is dismissed."""

import traitlets

from nbkeras.notebook.widget.base import Widget
from nbkeras.notebook.widget.static_picture import text


class Advice(Widget):
    """Lines of advice on a model, each of which can be dismissed.

    Args:
        found: list of `nbkeras.analysis.Advice`.
        dismissed: called with the name of a rule that was dismissed.

    Traits:
        lines: list of {"rule", "reason", "change", "where"}, all texts.
    """

    lines = traitlets.List().tag(sync=True)

    def __init__(self, advices, on_dismiss=lambda rule: None):
        lines = [
            {
                name: str(getattr(advice, name))
                for name in ("rule", "reason", "change", "where")
            }
            for advice in advices
        ]
        super().__init__(lines=lines)
        self._told = on_dismiss
        self.on_msg(self._heard)

    def dismiss(self, rule):
        """Take all lines of a rule away."""
        self._told(rule)
        self.publish(lines=[line for line in self.lines if line["rule"] != rule])
        self.show_still()

    def _figure(self):
        """The lines as text, which stay in a saved notebook."""
        words = self.words
        rows = "".join(
            f"<li>{text(line['where'])}: {text(line['reason'])} "
            f"{text(words['write'])} <code>{text(line['change'])}</code></li>"
            for line in self.lines
        )
        title = f"<figcaption>{text(words['title'])}</figcaption>" if rows else ""
        return (
            f'<figure data-nbk="{text(self.twin)}" style="margin:4px 0">{title}'
            f"<ul>{rows}</ul></figure>"
        )

    def _heard(self, _, content, buffers):
        message = content if isinstance(content, dict) else {}
        rules = {line["rule"] for line in self.lines}
        if message.get("do") == "dismiss" and message.get("rule") in rules:
            self.dismiss(message["rule"])
