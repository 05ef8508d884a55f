"""The application for servers that want to import one."""

from benchmarks.servers.contenders import APPS

exec(APPS["Duologue"])  # the same as on the other servers
