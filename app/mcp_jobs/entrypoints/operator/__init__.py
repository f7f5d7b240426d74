"""The commands of the person who runs an installation: what they see, and what they do."""
