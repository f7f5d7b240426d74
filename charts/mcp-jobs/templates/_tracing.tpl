{{/*
Where the runner and the helper send traces. The servers' container gets none of it.
*/}}

{{- define "mcp-jobs.tracing.env" -}}
{{- with .Values.tracing }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
{{- if .headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef: {name: {{ .headersSecret.name }}, key: {{ .headersSecret.key }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Egress to the collector's port. */}}
{{- define "mcp-jobs.tracing.egress" -}}
{{- with .Values.tracing.endpoint }}
{{- $url := urlParse . }}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "https" | ternary "443" "80") -}}
- ports:
    - {port: {{ $port | int64 }}, protocol: TCP}
{{- end }}
{{- end }}
