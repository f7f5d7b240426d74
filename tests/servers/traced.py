"""An MCP server that says in which span it is asked.

With OTEL_EXPORTER_OTLP_ENDPOINT it sends spans of its own, as a server with OpenTelemetry's SDK does.
"""

import os

from mcp.server.mcpserver import MCPServer
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)

server = MCPServer("traced")


@server.tool()
def span() -> str:
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent", "none")


@server.tool()
def fail() -> str:
    raise ValueError("the disk is full")


server.run()
