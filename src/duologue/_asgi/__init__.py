"""What the specifications say, each rule in one place: ASGI and RFC 6455."""
