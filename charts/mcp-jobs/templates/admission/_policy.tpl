{{- /* The policy as the helper reads it. Of the caps, only those that are set. */}}
{{- define "mcp-jobs.policy" -}}
{{- $policy := .Values.policy }}
mode: {{ $policy.mode }}
caps:
  global: {{ $policy.maxActiveJobs | toJson }}
  tenantDefault: {{ $policy.maxActiveJobsPerTenant | toJson }}
  tenants: {{ $policy.tenants | toJson }}
  workloads: {{ include "mcp-jobs.policy.workloadCaps" . }}
{{- range $key := list "ttlSecondsAfterFinished" "activeDeadlineSeconds" "backoffLimit" }}
{{ $key }}: {{ get $policy $key | toJson }}
{{- end }}
allowedRegistries: {{ $policy.allowedRegistries | toJson }}
orphans: {{ $policy.orphans | toJson }}
{{- end }}

{{- define "mcp-jobs.policy.workloadCaps" -}}
{{- $caps := dict }}
{{- range $name, $workload := include "mcp-jobs.workloads" . | fromJson }}
{{- if not (kindIs "invalid" $workload.maxActiveJobs) }}
{{- $_ := set $caps $name ($workload.maxActiveJobs | int64) }}
{{- end }}
{{- end }}
{{- toJson $caps }}
{{- end }}
