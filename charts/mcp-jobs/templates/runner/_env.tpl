{{/*
What the runner's pod is told. Everything here takes (dict "root" $ "workload" W).
*/}}

{{- define "mcp-jobs.runner.env" -}}
{{ include "mcp-jobs.kafka.env" .root }}
{{ include "mcp-jobs.kafka.topicEnv" .workload }}
{{- include "mcp-jobs.tracing.env" .root }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "RUNNER_JOB_UID" "field" "metadata.labels['batch.kubernetes.io/controller-uid']") }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "RUNNER_JOB_NAME" "field" "metadata.labels['batch.kubernetes.io/job-name']") }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "RUNNER_POD_NAME" "field" "metadata.name") }}
{{ include "mcp-jobs.fieldEnv" (dict "name" "RUNNER_NAMESPACE" "field" "metadata.namespace") }}
- name: RUNNER_WORKLOAD
  value: {{ .workload.name | quote }}
{{- with .root.Values.clusterName }}
- name: RUNNER_CLUSTER
  value: {{ . | quote }}
{{- end }}
- name: RUNNER_BATCH_SIZE
  value: {{ .workload.batchSize | int64 | quote }}
- name: RUNNER_MAX_ATTEMPTS
  value: {{ .workload.maxAttempts | int64 | quote }}
- name: RUNNER_CLAIMED_PORT
  value: "7676"
{{- with .workload.runner }}
- name: RUNNER_CLAIM_WAIT_SECONDS
  value: {{ .claimWaitSeconds | int64 | quote }}
- name: RUNNER_DEDUPE_SECONDS
  value: {{ .dedupeSeconds | int64 | quote }}
- name: RUNNER_TRANSACTION_TIMEOUT_SECONDS
  value: {{ .transactionTimeoutSeconds | int64 | quote }}
- name: RUNNER_SETTLE_SLOTS
  value: {{ .settleSlots | int64 | quote }}
- name: RUNNER_LOG_FORMAT
  value: {{ .logFormat }}
- name: RUNNER_LOG_LEVEL
  value: {{ .logLevel }}
{{- end }}
{{ include "mcp-jobs.servers.sharedEnv" . }}
{{- end }}

{{- define "mcp-jobs.servers.env" -}}
{{ include "mcp-jobs.servers.sharedEnv" . }}
{{- with .workload.runner }}
- name: SERVERS_START_TIMEOUT_SECONDS
  value: {{ .serverStartTimeoutSeconds | int64 | quote }}
- name: SERVERS_CALL_TIMEOUT_SECONDS
  value: {{ .callTimeoutSeconds | int64 | quote }}
- name: SERVERS_BASE_ENV
  value: {{ .serverEnv | join "," | quote }}
{{- with .expand }}
- name: SERVERS_EXPAND
  value: {{ join "," . | quote }}
{{- end }}
- name: SERVERS_LOG_FORMAT
  value: {{ .logFormat }}
- name: SERVERS_LOG_LEVEL
  value: {{ .logLevel }}
{{- end }}
- name: SERVERS_WORK_DIR
  value: /work
{{- end }}

{{- /* Where the two containers meet, and how long the runner waits for a report. */}}
{{- define "mcp-jobs.servers.sharedEnv" -}}
- name: SERVERS_SOCKET
  value: /run/mcp-jobs/servers.sock
{{- /* The runner reads the rules too, so that a bad one ends the pod before it claims. Kubernetes reads $( as a variable. */}}
- name: SERVERS_ALLOW
  value: {{ .workload.runner.allow | toJson | replace "$(" "$$(" | quote }}
{{- with .workload.tenant }}
- name: SERVERS_TENANT
  value: {{ . | quote }}
{{- end }}
- name: SERVERS_MESSAGE_TIMEOUT_SECONDS
  value: {{ .workload.runner.messageTimeoutSeconds | int64 | quote }}
{{- end }}
