{{- define "mcp-jobs.networkPolicy.dns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- end }}

{{- define "mcp-jobs.networkPolicy.kafka" -}}
- ports:
    {{- range include "mcp-jobs.networkPolicy.kafkaPorts" . | fromJsonArray }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  {{- with .Values.networkPolicy.kafkaPeers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "mcp-jobs.networkPolicy.kafkaPorts" -}}
{{- $ports := list }}
{{- range include "mcp-jobs.kafka.brokers" . | splitList "," }}
{{- $ports = append $ports (splitList ":" . | last | int64) }}
{{- end }}
{{- range .Values.networkPolicy.kafkaPorts }}
{{- $ports = append $ports (int64 .) }}
{{- end }}
{{- $ports | uniq | toJson }}
{{- end }}
