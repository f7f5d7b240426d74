"""Kafka, spoken through kafka-python's connection manager and protocol messages."""

from mcp_jobs.adapters.kafka.lean import without_clients

without_clients()
