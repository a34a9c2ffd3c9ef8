"""Entry of the frozen program."""

from multiprocessing import freeze_support

from elvmass_gui.__main__ import main

if __name__ == "__main__":
    freeze_support()  # folds may be trained in several processes
    raise SystemExit(main())
