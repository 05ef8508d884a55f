"""An application served in process, without a socket: for the test clients and for scripts."""
