"""What `add_weight` returns, for type checkers."""

from typing import TYPE_CHECKING

from nbkeras.core.variable import Variable

if TYPE_CHECKING:
    import jax

    class DeclaredWeight(jax.Array, Variable):  # pyright: ignore
        """What `add_weight` returns, as its two readers see it.

        The attribute of a layer is a `Variable`: it can be assigned and has a path. In
        the copy of the layer that runs `call`, the same attribute is the array
        itself. One annotation must serve both, so a type checker is told that it is
        both; what only a Variable or only an array offers is accepted in either place.
        """

else:
    DeclaredWeight = Variable
