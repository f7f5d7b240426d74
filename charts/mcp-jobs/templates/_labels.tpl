{{/*
"mcp-jobs.labels" and "mcp-jobs.selectorLabels" take (dict "root" $ "component" NAME).
*/}}

{{- define "mcp-jobs.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mcp-jobs.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mcp-jobs.labels" -}}
{{- toYaml (merge (include "mcp-jobs.ownLabels" . | fromYaml) .root.Values.commonLabels) }}
{{- end }}

{{- define "mcp-jobs.ownLabels" -}}
{{ include "mcp-jobs.selectorLabels" . }}
app.kubernetes.io/part-of: {{ include "mcp-jobs.name" .root }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Labels of a pod: what selects it, and what people add. */}}
{{- define "mcp-jobs.podLabels" -}}
{{- toYaml (merge (include "mcp-jobs.selectorLabels" . | fromYaml) (.more | default dict) .root.Values.commonLabels) }}
{{- end }}

{{- /* What the webhooks, the helper and people find a workload's Jobs by. Takes a workload. */}}
{{- define "mcp-jobs.jobLabels" -}}
mcp-jobs.io/managed: "true"
mcp-jobs.io/workload: {{ .name }}
{{- with .tenant }}
mcp-jobs.io/tenant: {{ . | quote }}
{{- end }}
{{- end }}
