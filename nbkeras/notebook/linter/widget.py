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

    def __init__(self, found, dismissed=lambda rule: None):
        lines = [
            {
                name: str(getattr(each, name))
                for name in ("rule", "reason", "change", "where")
            }
            for each in found
        ]
        super().__init__(lines=lines)
        self._told = dismissed
        self.on_msg(self._heard)

    def dismiss(self, rule):
        """Take all lines of a rule away."""
        self._told(rule)
        self.publish(lines=[each for each in self.lines if each["rule"] != rule])
        self.show_still()

    def _figure(self):
        """The lines as text, which stay in a saved notebook."""
        say = self.words
        rows = "".join(
            f"<li>{text(each['where'])}: {text(each['reason'])} "
            f"{text(say['write'])} <code>{text(each['change'])}</code></li>"
            for each in self.lines
        )
        title = f"<figcaption>{text(say['title'])}</figcaption>" if rows else ""
        return (
            f'<figure data-nbk="{text(self.twin)}" style="margin:4px 0">{title}'
            f"<ul>{rows}</ul></figure>"
        )

    def _heard(self, _, content, buffers):
        asked = content if isinstance(content, dict) else {}
        known = {each["rule"] for each in self.lines}
        if asked.get("do") == "dismiss" and asked.get("rule") in known:
            self.dismiss(asked["rule"])
