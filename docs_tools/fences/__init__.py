"""Fences of pages, and what they are replaced with.

For authors of pages
--------------------

Code is never typed into a page. It lives in ``docs_src/PAGE/NAME.py``, in a folder named after the
page that shows it, and the conversation that it holds lies beside it in ``docs_src/PAGE/NAME.duo``.
A page shows both, the program first and then its script drawn as a dialogue of two sides, with a
fence that names them without an ending::

    ```dialogue
    websockets/echo
    ```

A single file of ``docs_src`` (a program, a script, a configuration) is shown with its ending::

    ```snippet
    websockets/echo.py
    ```

A diagram is drawn from a text file, ``docs_src/PAGE/NAME.diagram``, and named like a dialogue;
:mod:`docs_tools.project.diagrams` says what is in the file::

    ```diagram
    understand/states
    ```

What changed from one file to the next one is drawn by the page, from both of them; nobody types a
diff, so none can be out of step::

    ```changes
    tutorial/echo.py
    tutorial/tickets.py
    ```

A piece of a script that is no whole conversation may be typed into a page; Pygments highlights it,
as it does for every user of Duologue, and the tests check what can be parsed::

    ```duo
    > open /ws
    < accept
    > close
    ```

The table of all terms, from ``i18n/glossary.toml``, stands where a page has an empty fence
``glossary``, and the numbers of the home page where it has an empty fence ``stats``. The fence
``modules`` lists the modules of the API reference; :mod:`docs_tools.project.reference` says how to
add one.

Lines of a snippet that matter carry an arrow as a comment at their end::

    await websocket.accept()  # <--

The page highlights these lines. Neither the page nor what its copy button gives holds the arrow.
A comment that belongs to the reader may stand before it: ``# ask first  # <--``.

Docstrings, the comments of programs and those of scripts are written in English, in code
that exists once. A page shows them in its own language: ``python -m docs_tools.catalogues --help``
says where the translations are, and what to do when an English text has changed.

The modules
-----------

``superfences``
    The fences above, as ``pymdownx.superfences`` wants them, and code blocks.
``dialogue``, ``pieces``
    A script as a list of HTML, cut into pieces.
``diagram``, ``grid``, ``sequence``, ``drawing``
    A diagram as SVG: boxes in rows, or what happens between several parties in time.
``changes``
    What changed between two files.
``example``
    What a program does with an object of the API reference. No page has this fence: it comes with a
    docstring (:mod:`docs_tools.project.examples`).
``conformance``, ``glossary``, ``modules``, ``progress``, ``stats``
    The tables and lists: what each server does, the terms, the modules of the API reference, how
    far each translation is, the statistics of the home page.
"""
