"""Where coverage is not measured: what runs there runs at full speed."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROCESSES = (
    "COVERAGE_PROCESS_CONFIG"  # with it, coverage.py measures in the processes that we begin
)


@contextmanager
def unmeasured_here() -> Iterator[None]:
    """Trace nothing in this thread, in those that begin meanwhile, and in other processes."""
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    config = os.environ.pop(PROCESSES, None)
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_threads)
        sys.settrace(tracer)
        if config is not None:
            os.environ[PROCESSES] = config
