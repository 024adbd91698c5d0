"""`python -m admin_cli.keyboard`: `kith` for a program that types many commands, as the sandbox's coordinator does.

A command a line, as JSON: its words. The answer is a line, too: {code, out, err}. It ends when nothing is left to read.
"""

import json
import sys

from typer.testing import CliRunner

from admin_cli.main import app


def main() -> None:
    """Run what is typed."""
    for line in sys.stdin:
        done = CliRunner().invoke(app, json.loads(line))
        told = {"code": done.exit_code, "out": done.stdout, "err": done.stderr or repr(done.exception)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
