"""Gettext catalogues of docstrings and comments: ``python -m docs_tools.catalogues``.

Docstrings make the API reference, and comments explain snippets. Both are written in the source
language, inside code that exists once. Their translations are gettext catalogues:
``i18n/LANGUAGE/reference.po`` and ``i18n/LANGUAGE/snippets.po``. What has no translation, or one of
an older text (an entry marked ``fuzzy``), is shown in the source language.

An entry is found by its context and its text. The context says whose words they are, by the path
under which the reference shows it, wherever it is defined, or by the file of the snippet:
``duologue.websockets.WebSocket.accept:raises:ValueError``, ``docs_src/websockets/echo.duo``.

The modules
-----------

``messages``
    What there is to translate.
``markdown``
    The paragraphs of a docstring, without its code.
``sections``
    The words of a docstring.
``docstrings``
    The griffe extension that puts translations in their place.
``reference``
    The objects that the API reference shows, and the messages of their docstrings.
``comments``
    The messages of snippets, and snippets in a language.
``diagrams``
    The messages of diagrams, and diagrams in a language.
``files``
    Catalogues, read and written.
``merging``
    Brings a catalogue up to what the code says now.
``checks``
    What is wrong with a catalogue.
``project``
    All catalogues of this project.
``__main__``
    The commands ``update``, ``check`` and ``status``.
"""
