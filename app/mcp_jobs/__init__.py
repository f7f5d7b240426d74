"""Run each message of a Kafka topic as its own Kubernetes Job, with the MCP servers the message describes.

core         pure: envelope, claim and settle, outcome, the KEDA formulas
adapters     kafka and mcp, each alone with its library
entrypoints  the commands; the only place that reads settings
local        the embedded platform: a real Kafka and runner processes on one machine
"""

__version__ = "0.1.0"
