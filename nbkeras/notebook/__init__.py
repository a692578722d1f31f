"""Everything that knows Jupyter: the extension, live displays and the widgets."""
