"""`python -m duologue.cli`: the command `duologue`."""

import sys

from duologue.cli import main

sys.exit(main())
