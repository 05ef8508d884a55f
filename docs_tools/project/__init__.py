"""What the project consists of, read from its files.

``languages``
    The languages of the site, from ``mkdocs.yml``, and their words, from ``i18n/LANGUAGE``.
``snippets``
    The files of ``docs_src``.
``browsers``
    What a browser can do of a script against a real server, and what it can see of the answers.
``highlights``
    The lines of a snippet that matter, marked by arrows.
``reference``
    The pages of the API reference: which modules they show.
``uses``, ``examples``
    What programs use of the package, and which of them are examples for the API reference.
``places``
    Where the pages show each program.
``conformance``
    What each server was seen doing, from ``conformance/``.
``pages``
    The file that each page is written in.
``editions``
    The pages of each translation.
``status``
    How every translation is.
"""
