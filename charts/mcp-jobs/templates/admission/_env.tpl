{{- define "mcp-jobs.admission.env" -}}
{{- if .Values.admission.reconcile }}
{{- include "mcp-jobs.kafka.env" . }}
{{- include "mcp-jobs.tracing.env" . }}
{{ end -}}
{{ include "mcp-jobs.fieldEnv" (dict "name" "ADMISSION_POD_NAME" "field" "metadata.name") }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "ADMISSION_POD_IP" "field" "status.podIP") }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "ADMISSION_NAMESPACE" "field" "metadata.namespace") }}
- name: ADMISSION_RELEASE
  value: {{ include "mcp-jobs.fullname" . }}
{{- with .Values.clusterName }}
- name: ADMISSION_CLUSTER
  value: {{ . | quote }}
{{- end }}
- name: ADMISSION_PORT
  value: "8443"
- name: ADMISSION_METRICS_PORT
  value: "9090"
{{- if .Values.admission.page.enabled }}
- name: ADMISSION_PAGE_PORT
  value: "8080"
- name: ADMISSION_PAGE_HOSTS
  value: {{ join "," .Values.admission.page.hosts | quote }}
{{- end }}
{{- with .Values.admission }}
- name: ADMISSION_RECONCILE
  value: {{ .reconcile | quote }}
- name: ADMISSION_LEASE_SECONDS
  value: {{ .leaseSeconds | int64 | quote }}
- name: ADMISSION_SWEEP_SECONDS
  value: {{ .sweepSeconds | int64 | quote }}
- name: ADMISSION_IMAGE_PULL_LIMIT_SECONDS
  value: {{ .imagePullLimitSeconds | int64 | quote }}
- name: ADMISSION_LOG_FORMAT
  value: {{ .logFormat }}
- name: ADMISSION_LOG_LEVEL
  value: {{ .logLevel }}
{{- end }}
{{- end }}
