"""Parse a user's formula into a JAX function, without running any other code.

The text is parsed but never passed to `eval`: only the syntax nodes named here are
allowed.
"""

import ast
import re

import jax.numpy as jnp

from nbkeras.core.check import did_you_mean

FUNCTIONS = {
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "arctan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "min": jnp.minimum,
    "max": jnp.maximum,
}
TWO = ("min", "max")
NUMBERS = {"pi": 3.141592653589793, "e": 2.718281828459045}
LONGEST = 500
DEEPEST = 60
# Symbols of keyboards and textbooks, and their Python spelling.
SIGNS = str.maketrans(
    {"（": "(", "）": ")", "，": ",", "×": "*", "·": "*", "÷": "/", "−": "-"}
    | {"²": "**2", "³": "**3", "π": "pi", "\N{EN DASH}": "-"}
)
MODULES = ("np", "jnp", "numpy", "math")
VARIABLE = re.compile(r"[A-Za-z][0-9]?")
EXAMPLE = "Write for example 'x**2 + 10*sin(y)'."


class Expression:
    """A formula in one or two variables.

    Args:
        text: such as "x**2 + 10*sin(y)"; variables are single letters, optionally with
            a digit (w1), and are ordered alphabetically.

    Raises:
        ValueError: what is wrong and what to write instead.

    >>> float(Expression("x**2 + y")(3.0, 1.0))
    10.0
    """

    def __init__(self, text):
        self.text = str(text).strip()
        if len(self.text) > LONGEST:
            raise ValueError(
                f"The formula has {len(self.text)} characters; at most {LONGEST} are "
                "read. Write a Python function instead: descent(lambda x, y: ...)."
            )
        self._body = _parsed(self.text)
        self.names = tuple(sorted(_variables(self._body, self.text)))
        if not 1 <= len(self.names) <= 2:
            names = ", ".join(self.names) or "none"
            raise ValueError(
                f"{self.text!r} has the variables: {names}. A formula needs one or "
                f"two. {EXAMPLE}"
            )

    def __call__(self, *values):
        """The value; one argument per variable, in the order of `names`."""
        variables = dict(zip(self.names, values, strict=True))
        return jnp.asarray(_value(self._body, variables))

    def __repr__(self):
        return f"Expression({self.text!r})"


def _parsed(text):
    if "^" in text:
        power = text.replace("^", "**")
        raise ValueError(f"{text!r}: powers are written with **. Write {power!r}.")
    if re.search(
        r"(?<![\w.])\d+(\.\d*)?\s*[A-Za-z(]", re.sub(r"\d[eE][-+]?\d", "", text)
    ):
        raise ValueError(
            f"{text!r}: a product needs its sign. Write 2*x, not 2x. {EXAMPLE}"
        )
    try:
        body = ast.parse(text.translate(SIGNS), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text!r} is not a formula. {EXAMPLE}") from error
    _check(body, text, 0)
    return body


def _check(node, text, depth):
    """Raise for every syntax node that is not allowed."""
    if depth > DEEPEST:
        raise ValueError(f"The formula is nested more than {DEEPEST} deep. {EXAMPLE}")
    if isinstance(node, ast.Constant):
        if type(node.value) in (int, float):
            return
    elif isinstance(node, ast.Name):
        return
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return _check(node.operand, text, depth + 1)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        _check(node.left, text, depth + 1)
        return _check(node.right, text, depth + 1)
    elif isinstance(node, ast.Call):
        return _check_call(node, text, depth)
    part = ast.unparse(node) if depth else text
    raise ValueError(
        f"{text!r}: {part!r} is not allowed in a formula. A formula may contain "
        f"numbers, variables, + - * / ** and {', '.join(FUNCTIONS)}. {EXAMPLE}"
    )


def _check_call(node, text, depth):
    name = _function_name(node.func)
    if name not in FUNCTIONS:
        shown = name or ast.unparse(node.func)
        near = did_you_mean(shown, FUNCTIONS)
        raise ValueError(
            f"{text!r}: there is no function {shown!r} here.{near} Available are: "
            f"{', '.join(FUNCTIONS)}."
        )
    arity = 2 if name in TWO else 1
    if node.keywords or len(node.args) != arity:
        example = ", ".join("xy"[:arity])
        raise ValueError(f"{text!r}: {name} takes {arity}. Write {name}({example}).")
    for argument in node.args:
        _check(argument, text, depth + 1)


def _function_name(func):
    """The function's name: `sin` for sin, np.sin and math.sin."""
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        return func.attr if func.value.id in MODULES else None
    return func.id if isinstance(func, ast.Name) else None


def _variables(body, text):
    called = {id(n.func) for n in ast.walk(body) if isinstance(n, ast.Call)}
    modules = {id(n.value) for n in ast.walk(body) if isinstance(n, ast.Attribute)}
    names = set()
    for node in ast.walk(body):
        if not isinstance(node, ast.Name) or id(node) in called | modules:
            continue
        if node.id in NUMBERS:
            continue
        if not VARIABLE.fullmatch(node.id):
            near = did_you_mean(node.id, (*FUNCTIONS, *NUMBERS))
            raise ValueError(
                f"{text!r}: {node.id!r} is not known.{near} Variables are single "
                f"letters, such as x and y. {EXAMPLE}"
            )
        names.add(node.id)
    return names


def _value(node, variables):
    if isinstance(node, ast.Constant):
        return jnp.asarray(_as_float(node.value))
    if isinstance(node, ast.Name):
        return (
            variables[node.id]
            if node.id in variables
            else jnp.asarray(NUMBERS[node.id])
        )
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, variables)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.Call):
        values = [_value(argument, variables) for argument in node.args]
        return FUNCTIONS[_function_name(node.func)](*values)
    left = _value(node.left, variables)
    if isinstance(node.op, ast.Pow):
        return _power(left, node.right, variables)
    return OPERATORS[type(node.op)](left, _value(node.right, variables))


def _power(base, node, variables):
    """Integer exponents are computed as products, exact for negative bases too."""
    sign, bare = 1, node
    if isinstance(node, ast.UnaryOp):
        sign = -1 if isinstance(node.op, ast.USub) else 1
        bare = node.operand
    if isinstance(bare, ast.Constant) and bare.value == int(min(bare.value, 99)):
        return base ** (sign * int(bare.value))
    return jnp.power(base, _value(node, variables))


def _as_float(value):
    try:
        return float(value)
    except OverflowError:
        return float("inf")


OPERATORS = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: None,
}
