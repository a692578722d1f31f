"""The inside of a network, looked at with the learner's own pictures."""
