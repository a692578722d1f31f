"""The Jupyter integration: extension, live displays and widgets."""
