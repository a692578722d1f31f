"""The type of declared weights, for type checkers."""

from typing import TYPE_CHECKING

from nbkeras.core.variable import Variable

if TYPE_CHECKING:
    import jax

    class DeclaredWeight(jax.Array, Variable):  # pyright: ignore
        """The type of the result of `add_weight`: an array and a Variable.

        The attribute of a layer is a `Variable`, which can be assigned and has a path.
        In the copy of the layer that runs `call`, the same attribute is the array
        itself. One annotation must cover both, so type checkers accept the attributes
        of either.
        """

else:
    DeclaredWeight = Variable
