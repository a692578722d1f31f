"""Rewrite the body of a `%%model` cell so that its lines add to the model.

    Conv2D(32, 3)          ->  __add__(Conv2D(32, 3))
    x = Conv2D(32, 3)      ->  x = __named__(Conv2D(32, 3), "x", True)
    a | b                  ->  __pipe__(a, b)
    shared(a)              ->  __callee__(shared)(a)
    here                   ->  __here__()

The five names are bound to methods of `assembly.ModelBuilder`. Line numbers are kept,
and class definitions are not rewritten.
"""

import ast
import collections

from nbkeras.notebook.model_magic.choice_names import NameChoices

HERE = "here"
ADD, NAMED, PIPE, CALLEE, PLACE = (
    "__add__",
    "__named__",
    "__pipe__",
    "__callee__",
    "__here__",
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def refuse_unreadable(body, filename, first_line=2):
    """Raise a SyntaxError, with the line number in the cell, unless `body` is Python.

    Args: as for `compiled`.
    """
    blank = "\n" * (first_line - 1)
    compile(blank + body, filename, "exec", dont_inherit=True)


def compiled(body, filename, first_line=2, choices=frozenset()):
    """The body as a code object for `exec`.

    Args:
        body: text of the cell below the line of the magic.
        filename: file name of its lines in tracebacks.
        first_line: number of the body's first line in the cell.
        choices: names of functions whose calls are named; see `choice_names`.

    Raises:
        SyntaxError: with the line number in the cell.
    """
    blank = "\n" * (first_line - 1)
    tree = ast.parse(blank + body, filename)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    NameChoices(set(choices) - own, lambda n: (n.lineno, n.col_offset)).visit(tree)
    tree = ast.fix_missing_locations(_Rewrite(tree).visit(tree))
    return compile(tree, filename, "exec", dont_inherit=True)


class _Rewrite(ast.NodeTransformer):
    """Rewrites the syntax tree of a cell."""

    def __init__(self, tree):
        nodes = list(ast.walk(tree))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        # `x.trainable = False` uses x without adding it to the model.
        asides = {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
        loaded = (n for n in names if isinstance(n.ctx, ast.Load))
        self._used = {n.id for n in loaded if id(n) not in asides}
        stored = (n.id for n in names if isinstance(n.ctx, ast.Store))
        self._stored = collections.Counter(stored)
        self._repeated = 0

    def visit_ClassDef(self, node):
        return node

    def visit_Expr(self, node):
        value = self.visit(node.value)
        if not isinstance(node.value, ast.Constant | ast.Yield | ast.Await):
            value = _call(node.value, ADD, value)
        return ast.copy_location(ast.Expr(value), node)

    def visit_Assign(self, node):
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Name):
            node.value = self._named(node.value, target.id)
        return node

    def visit_AnnAssign(self, node):
        node.value = self.visit(node.value) if node.value else None
        if node.value and isinstance(node.target, ast.Name):
            node.value = self._named(node.value, node.target.id)
        return node

    def visit_AugAssign(self, node):
        """`x |= Dense(3)` as `x = x | Dense(3)`."""
        if not isinstance(node.op, ast.BitOr) or not isinstance(node.target, ast.Name):
            return self.generic_visit(node)
        here = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        value = _call(node, PIPE, here, self.visit(node.value))
        return ast.copy_location(ast.Assign([node.target], value), node)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.BitOr):
            return _call(node, PIPE, node.left, node.right)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        node.func = _call(node.func, CALLEE, node.func)
        return node

    def visit_Name(self, node):
        here = node.id == HERE and HERE not in self._stored
        return _call(node, PLACE) if here and isinstance(node.ctx, ast.Load) else node

    def generic_visit(self, node):
        many = isinstance(node, _LOOPS + _FUNCTIONS)
        self._repeated += many
        super().generic_visit(node)
        self._repeated -= many
        return node

    def _named(self, value, name):
        """Wrap `value` with its name, which counts only if it is assigned once."""
        is_unique = self._stored[name] == 1 and not self._repeated
        layer_name = ast.Constant(name if is_unique else None)
        return _call(
            value, NAMED, value, layer_name, ast.Constant(name not in self._used)
        )


def _call(at, name, *args):
    function = ast.copy_location(ast.Name(name, ast.Load()), at)
    return ast.copy_location(ast.Call(function, list(args), []), at)
