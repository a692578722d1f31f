"""What the command line does: the tutorial, the course in JupyterLab, the doctor."""
