"""The rules of ASGI and RFC 6455, each in one place with its source."""
