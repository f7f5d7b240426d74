{{/*
Every name the chart gives. Take the whole context, except "mcp-jobs.scaledJobName", which takes a workload.
*/}}

{{- define "mcp-jobs.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "mcp-jobs.fullname" -}}
{{- $name := include "mcp-jobs.name" . }}
{{- $release := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $release | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "mcp-jobs.admission.name" -}}
{{ include "mcp-jobs.fullname" . }}-admission
{{- end }}

{{- define "mcp-jobs.admission.serviceAccountName" -}}
{{ .Values.admission.serviceAccount.name | default (include "mcp-jobs.admission.name" .) }}
{{- end }}

{{- define "mcp-jobs.admission.host" -}}
{{ include "mcp-jobs.admission.name" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "mcp-jobs.admission.tlsSecretName" -}}
{{- with .Values.admission.certificates -}}
{{ ternary .existingSecret (printf "%s-tls" (include "mcp-jobs.admission.name" $)) (eq .source "existingSecret") }}
{{- end }}
{{- end }}

{{- /* The webhook configurations are cluster-wide: the namespace keeps two releases apart. */}}
{{- define "mcp-jobs.webhooksName" -}}
{{ include "mcp-jobs.fullname" . }}.{{ .Release.Namespace }}
{{- end }}

{{- define "mcp-jobs.policy.name" -}}
{{ include "mcp-jobs.fullname" . }}-policy
{{- end }}

{{- define "mcp-jobs.runner.name" -}}
{{ include "mcp-jobs.fullname" . }}-runner
{{- end }}

{{- define "mcp-jobs.kafka.name" -}}
{{ include "mcp-jobs.fullname" . }}-kafka
{{- end }}
