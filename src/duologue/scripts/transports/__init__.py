"""Transports: how a player reaches an application in process, or a server over sockets."""
