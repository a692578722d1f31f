"""`%load_ext nbkeras --as keras`: load nbkeras, and let `import keras` mean it.

IPython takes all that stands behind `%load_ext` for the name of one module; this is it.
"""


def load_ipython_extension(shell):
    """Load nbkeras, and let `import keras` mean it."""
    from nbkeras.notebook.model_magic import keras_magic

    keras_magic.load_as_keras(shell)


def unload_ipython_extension(shell):
    """Let `import keras` mean Keras itself again."""
    from nbkeras.notebook.model_magic import keras_magic

    keras_magic.switch("off", shell)
