"""AdviceWidget: dismissible lines of advice on a model."""

import traitlets

from nbkeras.notebook.error_messages.translate import translate_advice
from nbkeras.notebook.widget.base import Widget
from nbkeras.notebook.widget.static_picture import text

# Fields of an Advice that are translated.
IN_WORDS = ("reason", "change", "where")


class AdviceWidget(Widget):
    """Dismissible lines of advice on a model.

    Args:
        advices: list of `nbkeras.analysis.Advice`.
        on_dismiss: called with the name of a dismissed rule.

    Traits:
        lines: list of {"rule", "reason", "change", "where"}, all texts.
    """

    lines = traitlets.List().tag(sync=True)

    def __init__(self, advices, on_dismiss=lambda rule: None):
        lines = [
            {"rule": advice.rule}
            | {name: translate_advice(str(getattr(advice, name))) for name in IN_WORDS}
            for advice in advices
        ]
        super().__init__(lines=lines)
        self._on_dismiss = on_dismiss
        self.on_msg(self._on_message)

    def dismiss(self, rule: str) -> None:
        """Remove all lines of a rule."""
        self._on_dismiss(rule)
        self.publish(lines=[line for line in self.lines if line["rule"] != rule])
        self.update_static_picture()

    def static_html(self) -> str:
        """The advice as an HTML list, for saved notebooks."""
        words = self.words
        rows = "".join(
            f"<li>{text(self._head(line))}"
            f"{text(words['write'])} <code>{text(line['change'])}</code></li>"
            for line in self.lines
        )
        title = f"<figcaption>{text(words['title'])}</figcaption>" if rows else ""
        return (
            f'<figure data-nbk="{text(self.static_copy)}" style="margin:4px 0">{title}'
            f"<ul>{rows}</ul></figure>"
        )

    def _head(self, line):
        gap = self.words["gap"]
        head = self.words["labelled"].format(label=line["where"], text=line["reason"])
        return head + gap

    def _on_message(self, _, content, buffers):
        message = content if isinstance(content, dict) else {}
        rules = {line["rule"] for line in self.lines}
        if message.get("do") == "dismiss" and message.get("rule") in rules:
            self.dismiss(message["rule"])
