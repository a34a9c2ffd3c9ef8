"""``python -m elvmass.cli``, for torch's launcher: ``torchrun ... -m elvmass.cli train ...``."""

import sys

from elvmass.cli import main

if __name__ == "__main__":  # child processes import this file
    sys.exit(main())
