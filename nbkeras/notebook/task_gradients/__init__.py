"""How the gradients of several losses agree: `nbkeras.task_gradients`."""
