#!/usr/bin/env python3
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expo.settings")
    from django.core.management import execute_from_command_line  # Django reads the variable above on import.

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
