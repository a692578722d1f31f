"""Name the hyperparameters of a `%%model` cell after the places where they stand.

Conv2D(choose(16, 32), 3)  ->  Conv2D(choose(16, 32, name="Conv2D.filters", ...), 3)
units = choose(8, 16)      ->  units = choose(8, 16, name="units", ...)
"""

import ast

from nbkeras.analysis.tune.choices import Choices
from nbkeras.core.serialization.signatures import parameters
from nbkeras.notebook.model_magic import vocabulary


def functions_in(names):
    """The names, of `choose` and `between`, that mean the functions of `Choices`."""
    return {
        name
        for name in Choices().functions()
        if isinstance(getattr(names.get(name), "__self__", None), Choices)
    }


class NameChoices(ast.NodeTransformer):
    """Add the arguments `name` and `site` to calls of `choose` and `between`.

    Args:
        functions: the names of these functions.
        site_of: (node) -> the place of a call, for `Choices.names_by_site`.
        context: name of a choice that stands in no call and no assignment.
    """

    def __init__(self, functions, site_of, context="choice"):
        self._functions, self._site_of = functions, site_of
        self._context = context

    def visit_Call(self, node):
        """Name a choice, or the choices in the arguments of another call."""
        if is_choice(node, self._functions):
            names = {keyword.arg for keyword in node.keywords}
            additional = {"name": self._context, "site": self._site_of(node)}
            node.keywords += [
                ast.keyword(key, _literal(value))
                for key, value in additional.items()
                if key not in names
            ]
            return node
        self.visit(node.func)
        callee = _name_of(node.func)
        for index, argument in enumerate(node.args):
            self._visit_within(argument, _positional(callee, index))
        for keyword in node.keywords:
            name = f"{callee}.{keyword.arg}" if callee else keyword.arg
            self._visit_within(keyword.value, name)
        return node

    def visit_Assign(self, node):
        """Name a choice after the variable that it is assigned to."""
        target = node.targets[0]
        name = target.id if isinstance(target, ast.Name) else None
        self._visit_within(node.value, name)
        return node

    def _visit_within(self, node, context):
        previous, self._context = self._context, context or self._context
        self.visit(node)
        self._context = previous


def is_choice(node, functions):
    """Whether a node is a call of one of these functions."""
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return is_call and node.func.id in functions


def evaluate(text, names, context):
    """The value of an expression, its choices named.

    Args:
        text: the expression; the site of a choice is ("line", its source).
        names: {name: value} that it may use.
        context: name of a choice that is the whole expression.
    """
    text = text.strip()
    tree = ast.parse(text, mode="eval")

    def site_of(node):
        return "line", ast.get_source_segment(text, node)

    NameChoices(functions_in(names), site_of, context).visit(tree)
    return eval(
        compile(ast.fix_missing_locations(tree), "<option>", "eval"), dict(names)
    )


def _name_of(function):
    """The last part of a dotted name, None for other expressions."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _positional(callee, index):
    """The name of a positional argument, as far as it is known."""
    cls = vocabulary.configurable_class(callee)
    if cls is None:
        return callee
    names = list(parameters(cls))
    return f"{callee}.{names[index]}" if index < len(names) else callee


def _literal(value):
    return ast.parse(repr(value), mode="eval").body
