"""The embedded platform: a real Kafka and runner processes on one machine."""
