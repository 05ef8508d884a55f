"""Programs that run in the reader's browser: Python as WebAssembly, served by the site itself.

``packages``
    Which installed distributions a program needs, and whether the browser can have them.
``archives``
    What the site serves: Pyodide from ``node_modules``, and distributions as archives.
``console``
    What runs in the browser, too: a conversation in which the reader is the client.
``stage``
    What runs in the browser: a program holds its conversation, and each line is reported.
``sockets``
    What runs in the browser, too: the transport of a script that is played against a server.
``words``
    What it says there.

In ``theme/assets/playground`` is the JavaScript around it.
"""
