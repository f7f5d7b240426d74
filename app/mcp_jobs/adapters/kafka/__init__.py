"""Kafka, spoken through kafka-python's connection manager and protocol messages."""
