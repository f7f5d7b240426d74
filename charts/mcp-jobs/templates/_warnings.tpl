{{/*
What works, but not as everybody would expect: shown after each install and upgrade.
*/}}

{{- /* Jobs that KEDA can make between two looks at the lag: 30 at once, then 20 a second. */}}
{{- define "mcp-jobs.burst" -}}
{{- $seconds := list }}
{{- range include "mcp-jobs.workloads" . | fromJson }}
{{- $seconds = append $seconds (int64 .scaling.pollingInterval) }}
{{- end }}
{{- add 30 (mul 20 (first (sortAlpha $seconds) | default 5)) }}
{{- end }}

{{- define "mcp-jobs.warnings" -}}
{{- if not .Values.admission.enabled }}
- admission.enabled is false: caps and limits are not kept, there are no metrics, and what a dead Job left claimed is never settled.
{{- else }}
{{- include "mcp-jobs.warnings.admission" . }}
{{- end }}
{{- if not .Values.init.enabled }}
- init.enabled is false: KEDA starts nothing for a partition until somebody commits an offset for it.
{{- end }}
{{- include "mcp-jobs.warnings.security" . }}
{{- range $name, $workload := include "mcp-jobs.workloads" . | fromJson }}
{{- include "mcp-jobs.warnings.workload" (dict "key" (printf "workloads.%s" $name) "w" $workload "root" $) }}
{{- end }}
{{- range $name, $limit := .Values.resourceQuota.hard }}
{{- if has $name (list "count/jobs.batch" "count/pods") }}
- resourceQuota.hard.{{ $name }} counts finished ones too, until their TTL: it can hold new Jobs up while nothing runs.
{{- end }}
{{- end }}
{{- end }}

{{- define "mcp-jobs.warnings.admission" -}}
{{- with .Values.admission }}
{{- if ne .failurePolicy "Fail" }}
- admission.failurePolicy is {{ .failurePolicy }}: while the helper is down, Jobs start without caps and limits.
{{- end }}
{{- if lt (int64 .replicas) 2 }}
- admission.replicas is {{ int64 .replicas }}: no Job starts while that one pod is away.
{{- end }}
{{- if not .reconcile }}
- admission.reconcile is false: what a dead Job left claimed is never settled.
{{- end }}
{{- end }}
{{- if eq .Values.policy.mode "audit" }}
- policy.mode is audit: nothing is denied.
{{- end }}
{{- end }}

{{- define "mcp-jobs.warnings.security" -}}
{{- with .Values.kafka }}
{{- if hasSuffix "PLAINTEXT" .securityProtocol }}
- kafka.securityProtocol is {{ .securityProtocol }}: messages{{ if .saslMechanism }} and the login{{ end }} cross the network unencrypted.
{{- end }}
{{- if include "mcp-jobs.kafka.given" $ }}
- kafka.credentials are kept in Helm's release Secret too. kafka.existingSecret avoids that.
{{- end }}
{{- end }}
{{- if not .Values.networkPolicy.enabled }}
- networkPolicy.enabled is false: MCP servers may connect to anything the pods can reach.
{{- end }}
{{- end }}

{{- define "mcp-jobs.warnings.workload" -}}
{{- $w := .w }}
{{- if $w.paused }}
- {{ .key }}.paused is true: its messages wait.
{{- end }}
{{- with int64 $w.scaling.activationLagThreshold }}
- {{ $.key }}.scaling.activationLagThreshold is {{ . }}: the last {{ . }} messages wait until more come.
{{- end }}
{{- if gt (int64 $w.scaling.lagThreshold) (int64 $w.batchSize) }}
- {{ .key }}.scaling.lagThreshold is more than batchSize: fewer Jobs at once than messages could use.
{{- end }}
{{- if gt (int64 $w.scaling.pollingInterval) 30 }}
- {{ .key }}.scaling.pollingInterval is {{ int64 $w.scaling.pollingInterval }}: a new message waits up to {{ int64 $w.scaling.pollingInterval }} seconds.
{{- end }}
{{- if lt (int64 $w.job.activeDeadlineSeconds) (mul $w.maxAttempts $w.batchSize $w.runner.messageTimeoutSeconds) }}
- {{ .key }}.job.activeDeadlineSeconds leaves no room for {{ int64 $w.maxAttempts }} attempts of {{ int64 $w.runner.messageTimeoutSeconds }} seconds.
{{- end }}
{{- if lt (int64 $w.job.ttlSecondsAfterFinished) 60 }}
- {{ .key }}.job.ttlSecondsAfterFinished is {{ int64 $w.job.ttlSecondsAfterFinished }}: Jobs vanish before anybody can read why they failed.
{{- end }}
{{- with .root.Values.policy.maxActiveJobs }}
{{- if gt (int64 $w.scaling.maxReplicaCount) (int64 .) }}
- {{ $.key }}.scaling.maxReplicaCount is {{ int64 $w.scaling.maxReplicaCount }}, policy.maxActiveJobs {{ int64 . }}: KEDA reports the Jobs in between as denied at each poll.
{{- end }}
{{- end }}
{{- end }}
