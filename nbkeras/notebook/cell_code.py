"""Run the body of a cell magic as the shell runs a cell."""

import ast
from typing import Any


def run_cell(shell: Any, cell: str) -> Any:
    """Run a cell's text in the notebook, and return the value of its last expression.

    None if it ends otherwise, or with a semicolon. Exceptions are raised, with the
    lines of the cell in their traceback.
    """
    text = shell.transform_cell(cell)
    name = shell.compile.cache(text, shell.execution_count, raw_code=cell)
    tree = shell.transform_ast(ast.parse(text, name))
    ends_in_value = tree.body and isinstance(tree.body[-1], ast.Expr)
    last = tree.body.pop() if ends_in_value else None
    exec(shell.compile(tree, name, "exec"), shell.user_ns)
    if last is None:
        return None
    code = shell.compile(ast.Expression(last.value), name, "eval")
    value = eval(code, shell.user_ns)
    return None if cell.rstrip().endswith(";") else value
