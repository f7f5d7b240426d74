{{/*
The runner's pod. Everything here takes (dict "root" $ "workload" W).
*/}}

{{- define "mcp-jobs.runner.labels" -}}
{{- $own := include "mcp-jobs.jobLabels" .workload | fromYaml }}
{{- $own = merge $own (include "mcp-jobs.labels" (dict "root" .root "component" "runner") | fromYaml) }}
{{- with .workload.job.queueName }}
{{- $_ := set $own "kueue.x-k8s.io/queue-name" . }}
{{- end }}
{{- toYaml (merge $own .workload.job.labels) }}
{{- end }}

{{- define "mcp-jobs.runner.podLabels" -}}
{{- $more := merge (include "mcp-jobs.jobLabels" .workload | fromYaml) .workload.pod.labels }}
{{- include "mcp-jobs.podLabels" (dict "root" .root "component" "runner" "more" $more) }}
{{- end }}

{{- define "mcp-jobs.runner.podSpec" -}}
{{ include "mcp-jobs.podBasics" .root }}
{{- with include "mcp-jobs.placement" .workload.pod }}
{{ . }}
{{- end }}
restartPolicy: Never
automountServiceAccountToken: false
serviceAccountName: {{ .workload.pod.serviceAccountName | default (include "mcp-jobs.runner.name" .root) }}
terminationGracePeriodSeconds: {{ .workload.pod.terminationGracePeriodSeconds | int64 }}
{{- with .workload.runner.initContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: runner
    {{- include "mcp-jobs.image" (dict "root" .root "image" .workload.image) | nindent 4 }}
    args: [runner]
    env:
      {{- include "mcp-jobs.runner.env" . | nindent 6 }}
      {{- with .workload.runner.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    ports:
      - {name: claimed, containerPort: 7676}
    {{- /* The runner listens there once its claim is committed. No readinessProbe: Ready must not flap. */}}
    startupProbe:
      tcpSocket: {port: claimed}
      periodSeconds: 1
      failureThreshold: {{ .workload.runner.claimTimeoutSeconds | int64 }}
    resources:
      {{- toYaml .workload.runner.resources | nindent 6 }}
    securityContext:
      {{- toYaml .root.Values.securityContext | nindent 6 }}
    volumeMounts:
      - {name: work, mountPath: /work}
      - {name: tmp, mountPath: /tmp}
      {{- with include "mcp-jobs.kafka.volumeMount" .root }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- range $index, $secret := .workload.runner.envFiles }}
      - {name: env-{{ $index }}, mountPath: /etc/mcp-jobs/env/{{ $secret }}, readOnly: true}
      {{- end }}
      {{- with .workload.runner.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: work
    emptyDir: {sizeLimit: {{ .workload.runner.workSize }}}
  - name: tmp
    emptyDir: {sizeLimit: {{ .workload.runner.tmpSize }}}
  {{- with include "mcp-jobs.kafka.volume" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- range $index, $secret := .workload.runner.envFiles }}
  - name: env-{{ $index }}
    secret: {secretName: {{ $secret }}, defaultMode: 0440}
  {{- end }}
  {{- with .workload.runner.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "mcp-jobs.runner.env" -}}
{{ include "mcp-jobs.kafka.env" .root }}
{{ include "mcp-jobs.kafka.topicEnv" .workload }}
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
- name: RUNNER_MESSAGE_TIMEOUT_SECONDS
  value: {{ .messageTimeoutSeconds | int64 | quote }}
- name: RUNNER_SERVER_START_TIMEOUT_SECONDS
  value: {{ .serverStartTimeoutSeconds | int64 | quote }}
- name: RUNNER_CALL_TIMEOUT_SECONDS
  value: {{ .callTimeoutSeconds | int64 | quote }}
- name: RUNNER_TRANSACTION_TIMEOUT_SECONDS
  value: {{ .transactionTimeoutSeconds | int64 | quote }}
- name: RUNNER_SETTLE_SLOTS
  value: {{ .settleSlots | int64 | quote }}
- name: RUNNER_SERVER_ENV
  value: {{ .serverEnv | join "," | quote }}
- name: RUNNER_LOG_FORMAT
  value: {{ .logFormat }}
- name: RUNNER_LOG_LEVEL
  value: {{ .logLevel }}
{{- end }}
- name: RUNNER_WORK_DIR
  value: /work
{{- end }}
