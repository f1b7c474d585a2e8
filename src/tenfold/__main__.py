"""`python -m tenfold` is the same as `tenfold`."""

from tenfold.cli import main

if __name__ == "__main__":  # Not in a process that another one has spawned.
    main()
