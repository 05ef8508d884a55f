"""Tasks on asyncio and trio: what anyio does not offer, or not at the speed of a message."""
