"""python -m admin_cli: the same as `kith`."""

from admin_cli.main import main

main()
