"""`python -m tenfold` is the same as `tenfold`."""

from tenfold.cli import main

main()
