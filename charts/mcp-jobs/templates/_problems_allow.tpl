{{/*
Rules of runner.allow that a template can tell to be wrong. A runner reads them all before it claims; so does
`mcp-jobs check --values`.
*/}}

{{- /* Takes root, w (a workload) and key. */}}
{{- define "mcp-jobs.problems.allow" -}}
{{- $allow := .w.runner.allow }}
{{- $key := printf "%s.runner.allow" .key }}
{{- include "mcp-jobs.problems.rules" (dict "key" $key "rules" $allow) }}
{{- $tenants := list }}
{{- range $name, $workload := include "mcp-jobs.workloads" .root | fromJson }}
{{- $tenants = append $tenants $workload.tenant }}
{{- end }}
{{- range $tenant, $rules := $allow.tenants }}
{{- include "mcp-jobs.problems.rules" (dict "key" (printf "%s.tenants.%s" $key $tenant) "rules" $rules) }}
{{- if not (has $tenant $tenants) }}
- {{ $key }}.tenants.{{ $tenant }}: no enabled workload has this tenant; there are {{ $tenants | compact | uniq | sortAlpha | join ", " | default "none" }}. The tenant of a message allows nothing.
{{- end }}
{{- end }}
{{- end }}

{{- /* Takes key and rules: commands, urls and env. */}}
{{- define "mcp-jobs.problems.rules" -}}
{{- range .rules.commands }}
{{- if not (regexMatch "^([A-Za-z0-9_][A-Za-z0-9_.+-]*|(/[A-Za-z0-9_.+@-]+)+)( .*)?$" .) }}
- {{ $.key }}.commands: {{ . | quote }} does not begin with a command's exact name or absolute path, without wildcards.
{{- else if regexMatch "^(.*/)?(sh|ash|bash|dash|zsh|ksh|fish|busybox|env|xargs|perl[0-9.]*|ruby[0-9.]*|uv|npm|bun|deno|docker|git)( .*)? (\\S*\\*\\S*|\\.\\.\\.)( .*)?$" . }}
- {{ $.key }}.commands: {{ . | quote }} has * or ... for a command that runs whatever its arguments say. Write its words out.
{{- end }}
{{- end }}
{{- range .rules.urls }}
{{- if not (regexMatch "^(https?://)?(\\*\\.[a-z0-9_-]+\\.)?([a-z0-9_.-]+|\\[[0-9a-f:.]+\\])(:[1-9][0-9]{0,4})?(/\\S*)?( +[0-9a-f.:/]+)*$" .) }}
- {{ $.key }}.urls: {{ . | quote }} is not [http://]host[:port][/path] or *.example.com in lower case, then the networks it may lead to.
{{- end }}
{{- end }}
{{- range .rules.env }}
{{- if not (regexMatch "^[A-Za-z_][A-Za-z0-9_.-]*\\*?$" .) }}
- {{ $.key }}.env: {{ . | quote }} is not a variable's name, or the beginning of one and a *.
{{- end }}
{{- end }}
{{- end }}
