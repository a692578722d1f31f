"""How the gradients of several losses agree, computed."""
