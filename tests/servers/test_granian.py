"""What every server has to pass: granian."""

from checks import test_feature, test_node, test_script, test_version  # noqa: F401

VARIANT = "granian"
