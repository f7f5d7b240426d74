"""`mcp-jobs tune` outside of its model: the values file, the table, the charts."""
