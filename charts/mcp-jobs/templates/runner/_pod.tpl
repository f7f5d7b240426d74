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
  {{- /* The message's MCP servers run here: another user, with processes and files of its own.
       The first to start, as it has more to import. */}}
  - name: servers
    {{- include "mcp-jobs.image" (dict "root" .root "image" .workload.image) | nindent 4 }}
    args: [servers]
    env:
      {{- include "mcp-jobs.servers.env" . | nindent 6 }}
      {{- with .workload.runner.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml .workload.runner.resources | nindent 6 }}
    securityContext:
      {{- toYaml (merge (dict) .root.Values.serversSecurityContext .root.Values.securityContext) | nindent 6 }}
    volumeMounts:
      - {name: socket, mountPath: /run/mcp-jobs, readOnly: true}
      - {name: work, mountPath: /work}
      - {name: tmp, mountPath: /tmp}
      {{- range $index, $secret := .workload.runner.envFiles }}
      - {name: env-{{ $index }}, mountPath: /etc/mcp-jobs/env/{{ $secret }}, readOnly: true}
      {{- end }}
      {{- with .workload.runner.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
  {{- /* The runner claims and settles, and alone can log in to Kafka. */}}
  - name: runner
    {{- include "mcp-jobs.image" (dict "root" .root "image" .workload.image) | nindent 4 }}
    args: [runner]
    {{- /* Why it failed stands in the pod, also when its log is gone: `mcp-jobs why` and dead letters tell it. */}}
    terminationMessagePolicy: FallbackToLogsOnError
    env:
      {{- include "mcp-jobs.runner.env" . | nindent 6 }}
    ports:
      - {name: claimed, containerPort: 7676}
    {{- /* The runner listens there once its claim is committed. No readinessProbe: Ready must not flap. */}}
    startupProbe:
      tcpSocket: {port: claimed}
      periodSeconds: 1
      failureThreshold: {{ .workload.runner.claimTimeoutSeconds | int64 }}
    resources:
      {{- toYaml .workload.runner.claimResources | nindent 6 }}
    securityContext:
      {{- toYaml .root.Values.securityContext | nindent 6 }}
    volumeMounts:
      - {name: socket, mountPath: /run/mcp-jobs}
      {{- with include "mcp-jobs.kafka.volumeMount" .root }}
      {{- . | nindent 6 }}
      {{- end }}
volumes:
  - name: socket
    emptyDir: {medium: Memory, sizeLimit: 1Mi}
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
