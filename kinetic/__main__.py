"""What `python -m kinetic` runs: the command line."""

from kinetic.cli import main

if __name__ == "__main__":
    main()
