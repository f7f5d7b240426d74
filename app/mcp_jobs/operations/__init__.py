"""What a person does to messages, claims and dead letters, each exactly once whatever is killed meanwhile."""
