"""What every server has to pass: anycorn on asyncio."""

from checks import (  # noqa: F401
    test_compression,
    test_feature,
    test_hostile_path,
    test_node,
    test_script,
    test_version,
)

VARIANT = "anycorn-asyncio"
