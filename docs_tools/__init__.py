"""What builds the site: snippets, dialogues, languages, and the server behind ``make run``.

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

A piece of a script that is no whole conversation may be typed into a page; it is coloured, and the
tests check what can be parsed::

    ```duo
    > open /ws
    < accept
    > close
    ```

The table of all terms, from ``i18n/glossary.toml``, stands where a page has an empty fence
``glossary``, and the numbers of the home page where it has an empty fence ``proof``. The fence
``modules`` lists the modules of the API reference; :mod:`docs_tools.reference` says how to add one.

Lines of a snippet that matter carry an arrow as a comment at their end::

    await websocket.accept()  # <--

The page highlights these lines. Neither the page nor what its copy button gives holds the arrow.
A comment that belongs to the reader may stand before it: ``# ask first  # <--``.

Docstrings, the comments of programs and the narration of scripts are written in English, in code
that exists once. A page shows them in its own language: ``python -m docs_tools.catalogues --help``
says where the translations are, and what to do when an English text has changed.

The modules
-----------

``languages``
    The languages of the site, from ``mkdocs.yml``, and their words, from ``i18n/LANGUAGE``.
``marks``
    Takes the arrows out of a snippet and says which lines had one.
``snippets``
    Finds the files of ``docs_src``.
``dialogue``, ``steps``
    A script as a list of HTML, and as JSON for the player in the page.
``fences``
    The fences above.
``glossary``, ``style``
    The terms of each language, and ``python -m docs_tools.glossary``, which checks that the
    translations use them, and the rules of style that a pattern can judge.
``node``, ``zhlint``
    The tools from npm, and ``python -m docs_tools.zhlint``, which lets one of them read whatever is
    said in Chinese.
``translations``
    ``python -m docs_tools.translations`` compares pages block by block, and remembers which
    English text a translated block was accepted for.
``catalogues``
    ``python -m docs_tools.catalogues`` keeps the translations of docstrings and comments, and puts
    them into pages.
``proof``
    The numbers of the home page.
``reference``
    The pages of the API reference, and the list of modules.
``conformance``
    The table of what each server does, from ``conformance/``, for the empty fence ``conformance``.
``fallbacks``, ``notices``
    What a reader sees of a page, or of a block, that is not translated or out of step.
``standing``, ``progress``
    How every translation is, and the tables of that, which stand where a page has an empty fence
    ``translations``.
``changes``
    Which files have changed since the preview was built last.
``hooks``
    What MkDocs calls: the pages of a language, the fences, the language menu, ``hreflang``.
``build``, ``live``, ``serve``
    ``python -m docs_tools.build`` builds every language into ``site/``;
    ``python -m docs_tools.serve`` builds, then serves the site with every snippet live.
"""
