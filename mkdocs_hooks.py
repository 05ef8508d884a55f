"""Hands the events of MkDocs to the plugin of the site.

MkDocs finds plugins by entry points, and one of ours would be installed with the library. A file
is found without; and while MkDocs loads it, packages that lie beside it are found, too.
"""

from docs_tools.plugin import SitePlugin

plugin = SitePlugin()

on_startup = plugin.on_startup
on_config = plugin.on_config
on_files = plugin.on_files
on_nav = plugin.on_nav
on_page_markdown = plugin.on_page_markdown
on_page_content = plugin.on_page_content
on_page_context = plugin.on_page_context
on_template_context = plugin.on_template_context
on_post_build = plugin.on_post_build
