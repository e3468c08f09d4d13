#!/usr/bin/env python
"""Command line of the Unified Inbox site."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unified_inbox.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
