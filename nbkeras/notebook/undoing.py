"""`NAME.undo()`: the model from before the last `%%model` cell, with its weights."""

MOST = 5


class Undoing:
    """Remembers the last former models of each name, and offers them on the new ones.

    Args:
        names: {name: value}, the notebook's variables.
        say: (name, former model) -> None, called when something was undone.
    """

    def __init__(self, names, say):
        self._names, self._say = names, say
        self._trails = {}

    def replace(self, name, model):
        """Bind `name` to `model`; what it was before comes back by `model.undo()`."""
        former = self._names.get(name)
        trail = self._trails.get(name, [])
        if former not in trail:  # bound in another way: a trail of its own
            trail = [] if former is None else [former]
        else:
            trail = trail[: trail.index(former) + 1]
        self._trails[name] = trail = [*trail, model][-MOST - 1 :]
        self._names[name] = model
        model.undo = self._undo_of(name, model)

    def _undo_of(self, name, model):
        def undo():
            """Give the name back to the former model; returns that model."""
            trail = self._trails[name]
            place = trail.index(model) if model in trail else 0
            former = trail[place - 1] if place else None
            if former is not None and self._names.get(name) is model:
                self._names[name] = former
            self._say(name, former)
            return self._names.get(name)

        return undo
