"""`python -m nbkeras`: the command line, also where its script is not on the PATH."""

import sys

from nbkeras.cli import main

if __name__ == "__main__":
    sys.exit(main())
