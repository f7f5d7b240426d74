"""What mcp-jobs is about, without I/O: nothing here imports an adapter or reads the clock."""
