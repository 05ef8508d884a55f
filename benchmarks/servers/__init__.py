"""What servers take for a message, over real sockets."""
