"""``python -m gateway``, and the ``gateway`` command."""

import sys


def main() -> None:
    """Run the command line. A server answers its client before it knows the other commands."""
    early = None
    if sys.argv[1:2] == ["serve"]:
        from gateway.cli.early import begin

        early = begin(sys.argv[1:])
    from gateway.cli.main import main as run

    run(obj=early)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"] and not sys.flags.safe_path:
        del sys.path[0]  # clients start servers in folders that may hold anybody's modules
    main()
