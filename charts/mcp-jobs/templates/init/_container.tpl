{{- /* Takes (dict "root" $ "workload" W). */}}
{{- define "mcp-jobs.init.container" -}}
name: {{ .workload.name }}
{{ include "mcp-jobs.image" (dict "root" .root "image" .root.Values.image) }}
args: [init]
terminationMessagePolicy: FallbackToLogsOnError
env:
  {{- include "mcp-jobs.kafka.env" .root | nindent 2 }}
  {{- include "mcp-jobs.kafka.topicEnv" .workload | nindent 2 }}
  {{- with .root.Values.init }}
  - name: INIT_CREATE_TOPICS
    value: {{ .createTopics | quote }}
  - name: INIT_PARTITIONS
    value: {{ .partitions | int64 | quote }}
  - name: INIT_REPLICATION
    value: {{ .replicationFactor | int64 | quote }}
  - name: INIT_WAIT_SECONDS
    value: {{ .waitSeconds | int64 | quote }}
  {{- end }}
resources:
  {{- toYaml .root.Values.init.resources | nindent 2 }}
securityContext:
  {{- toYaml .root.Values.securityContext | nindent 2 }}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
  {{- with include "mcp-jobs.kafka.volumeMount" .root }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}
