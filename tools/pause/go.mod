// The process that holds a pod's namespaces: scripts/tool pause.
module mcp-jobs/tools/pause

go 1.24.0
