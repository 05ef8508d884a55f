"""What every server has to pass: anycorn on asyncio."""

from checks import test_feature, test_node, test_script, test_version  # noqa: F401

VARIANT = "anycorn-asyncio"
