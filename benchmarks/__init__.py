"""What Duologue costs, measured beside Starlette: `python -m benchmarks`."""
