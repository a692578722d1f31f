"""Texts in every language of the interface."""

from __future__ import annotations

from typing import Any, NamedTuple


class Text(NamedTuple):
    """One text in English and in Chinese, in the order of `settings.LANGUAGES`.

    >>> Text("{n} left", "还剩 {n}").filled(n=3).en
    '3 left'
    """

    en: str
    zh: str

    def filled(self, **values: Any) -> Text:
        """The text with its slots in braces filled in; a Text fills in by language."""
        return Text(
            *(
                template.format(
                    **{
                        name: value[column] if isinstance(value, Text) else value
                        for name, value in values.items()
                    }
                )
                for column, template in enumerate(self)
            )
        )
