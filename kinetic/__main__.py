"""What `kinetic` and `python -m kinetic` run: the command line.

It is loaded when it is called. The processes of a sweep import the script that their parent was started with, and need
none of it.
"""


def main() -> None:
    """Run the command line with the arguments of the process, and end the process with its exit status."""
    from kinetic.cli import main as run

    run()


if __name__ == "__main__":
    main()
