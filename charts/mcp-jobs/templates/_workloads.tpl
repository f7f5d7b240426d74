{{/*
Workloads, complete: `defaults`, each workload's own values over them, and what follows from both.
*/}}

{{- /* Merges "from" into "into", maps recursively. Sprig's merges take false and 0 for "not given". */}}
{{- define "mcp-jobs.merge" -}}
{{- range $key, $value := .from }}
{{- if and (kindIs "map" $value) (kindIs "map" (get $.into $key)) }}
{{- include "mcp-jobs.merge" (dict "into" (get $.into $key) "from" $value) }}
{{- else }}
{{- $_ := set $.into $key $value }}
{{- end }}
{{- end }}
{{- end }}

{{- /* JSON map: name -> workload, of those that are enabled. */}}
{{- define "mcp-jobs.workloads" -}}
{{- $workloads := dict }}
{{- range $name, $own := .Values.workloads }}
{{- $workload := deepCopy $.Values.defaults }}
{{- include "mcp-jobs.merge" (dict "into" $workload "from" ($own | default dict)) }}
{{- if $workload.enabled }}
{{- include "mcp-jobs.workload.complete" (dict "root" $ "name" $name "workload" $workload) }}
{{- $_ := set $workloads $name $workload }}
{{- end }}
{{- end }}
{{- toJson $workloads }}
{{- end }}

{{- define "mcp-jobs.workload.complete" -}}
{{- $workload := .workload }}
{{- $image := deepCopy .root.Values.image }}
{{- include "mcp-jobs.merge" (dict "into" $image "from" $workload.image) }}
{{- $_ := set $workload "image" $image }}
{{- $_ := set $workload "name" .name }}
{{- $_ := set $workload "topic" ($workload.topic | default "") }}
{{- $_ := set $workload "scaledJobName" (printf "%s-%s" (include "mcp-jobs.fullname" .root) .name) }}
{{- $_ := set $workload "consumerGroup" ($workload.consumerGroup | default (printf "%s-runners" $workload.topic)) }}
{{- $_ := set $workload "outcomesTopic" ($workload.outcomesTopic | default (printf "%s.outcomes" $workload.topic)) }}
{{- $_ := set $workload "deadLettersTopic" ($workload.deadLettersTopic | default (printf "%s.dead-letters" $workload.topic)) }}
{{- $_ := set $workload "tenant" ($workload.tenant | default "") }}
{{- if kindIs "invalid" $workload.scaling.lagThreshold }}
{{- $_ := set $workload.scaling "lagThreshold" $workload.batchSize }}
{{- end }}
{{- end }}
