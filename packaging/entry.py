"""Entry of the frozen program."""

from elvmass_gui.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
