"""`python -m lab` is the program `lab`."""

from lab.cli import main

main()
