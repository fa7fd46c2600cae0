"""``python -m pointsys``: the same as the installed command."""

from pointsys.cli import main

if __name__ == "__main__":
    main()
