{{/*
What the schema can't say: one line for each problem, beginning with the key. Nothing printed: all is well.
*/}}

{{- define "mcp-jobs.problems" -}}
{{- include "mcp-jobs.problems.kafka" . }}
{{- include "mcp-jobs.problems.policy" . }}
{{- include "mcp-jobs.problems.admission" . }}
{{- $workloads := include "mcp-jobs.workloads" . | fromJson }}
{{- if not $workloads }}
- workloads: none is enabled, so nothing would ever run. Name one: workloads.<name>.topic=<topic>.
{{- end }}
{{- range $name, $workload := $workloads }}
{{- $arguments := dict "root" $ "w" $workload "workload" $workload "key" (printf "workloads.%s" $name) }}
{{- include "mcp-jobs.problems.names" $arguments }}
{{- include "mcp-jobs.problems.scaling" $arguments }}
{{- include "mcp-jobs.problems.times" $arguments }}
{{- include "mcp-jobs.problems.allow" $arguments }}
{{- $env := concat (include "mcp-jobs.runner.env" $arguments | fromYamlArray) (include "mcp-jobs.servers.env" $arguments | fromYamlArray) }}
{{- include "mcp-jobs.problems.env" (dict "key" (printf "%s.runner.extraEnv" (get $arguments "key")) "env" $env "extra" $workload.runner.extraEnv) }}
{{- end }}
{{- include "mcp-jobs.problems.sharing" $workloads }}
{{- with .Values.tracing }}
{{- if and .headersSecret.name (not .endpoint) }}
- tracing.headersSecret: would not be used, since tracing.endpoint is empty. Name the collector there.
{{- end }}
{{- end }}
{{- with .Values.test.workload }}
{{- if not (hasKey $workloads .) }}
- test.workload: {{ . }} is no enabled workload; there are {{ keys $workloads | sortAlpha | join ", " }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.kafka" -}}
{{- $kafka := .Values.kafka }}
{{- $brokers := include "mcp-jobs.kafka.brokers" . }}
{{- $sasl := hasPrefix "SASL" $kafka.securityProtocol }}
{{- $given := include "mcp-jobs.kafka.given" . }}
{{- if not $brokers }}
- kafka.brokers: is empty. Name the bootstrap servers, for example --set kafka.brokers=kafka:9092.
{{- else }}
{{- range splitList "," $brokers }}
{{- if not (regexMatch "^[^:\\s]+(:[^:\\s]+)*:[0-9]{1,5}$" .) }}
- kafka.brokers: {{ . | quote }} is not host:port.
{{- end }}
{{- end }}
{{- end }}
{{- if and $sasl (not $kafka.saslMechanism) }}
- kafka.saslMechanism: is empty, but {{ $kafka.securityProtocol }} logs in. Set PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
{{- end }}
{{- if and $kafka.saslMechanism (not $sasl) }}
- kafka.saslMechanism: {{ $kafka.saslMechanism }} would not be used with kafka.securityProtocol {{ $kafka.securityProtocol }}. Set SASL_SSL or SASL_PLAINTEXT.
{{- end }}
{{- if and $kafka.existingSecret $given }}
- kafka.existingSecret: and kafka.credentials both say how to log in. Keep one.
{{- end }}
{{- if and (eq $kafka.securityProtocol "PLAINTEXT") (include "mcp-jobs.kafka.secretName" .) }}
- kafka.securityProtocol: is PLAINTEXT, so the credentials would not be used. Set SSL, SASL_SSL or SASL_PLAINTEXT, or leave them out.
{{- end }}
{{- if and $sasl (not $kafka.existingSecret) }}
{{- $needed := list "username" "password" }}
{{- if eq $kafka.saslMechanism "OAUTHBEARER" }}
{{- $needed = append $needed "oauthTokenEndpointUri" }}
{{- end }}
{{- range $needed }}
{{- if not (get $kafka.credentials .) }}
- kafka.credentials.{{ . }}: is empty, but {{ $kafka.securityProtocol }} needs it. Set it, or name a Secret in kafka.existingSecret.
{{- end }}
{{- end }}
{{- end }}
{{- if ne (empty $kafka.credentials.cert) (empty $kafka.credentials.key) }}
- kafka.credentials.{{ ternary "cert" "key" (empty $kafka.credentials.cert) }}: is empty; a client certificate and its key go together.
{{- end }}
{{- end }}

{{- /* Takes root, w (a workload) and key. */}}
{{- define "mcp-jobs.problems.names" -}}
{{- $w := .w }}
{{- if gt (len $w.scaledJobName) 57 }}
- {{ .key }}: its ScaledJob would be {{ $w.scaledJobName }}, {{ len $w.scaledJobName }} characters; Jobs and their pods need room behind it, so 57 at most. Shorten fullnameOverride or the workload's name.
{{- end }}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" $w.name) }}
- {{ .key }}: a workload's name becomes part of the names of its Jobs: lower-case letters, digits and '-' only, not first or last.
{{- end }}
{{- if not $w.topic }}
- {{ .key }}.topic: is empty. Name the topic whose messages become Jobs.
{{- end }}
{{- if has $w.topic (list $w.outcomesTopic $w.deadLettersTopic) }}
- {{ .key }}.topic: {{ $w.topic }} is its own outcomes or dead-letter topic too, so each outcome would become a Job, for ever.
{{- end }}
{{- if eq $w.outcomesTopic $w.deadLettersTopic }}
- {{ .key }}.outcomesTopic: and deadLettersTopic are both {{ $w.outcomesTopic }}; outcomes and dead letters have different forms.
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.scaling" -}}
{{- $scaling := .w.scaling }}
{{- $key := printf "%s.scaling" .key }}
{{- if lt (int64 $scaling.lagThreshold) (int64 .w.batchSize) }}
- {{ $key }}.lagThreshold: is {{ int64 $scaling.lagThreshold }}, less than batchSize {{ int64 .w.batchSize }}. KEDA would make a Job for every {{ int64 $scaling.lagThreshold }} messages, and each claims {{ int64 .w.batchSize }}: the others find nothing. Leave it null, or set batchSize or more.
{{- end }}
{{- if lt (int64 $scaling.pollingInterval) 1 }}
- {{ $key }}.pollingInterval: is {{ $scaling.pollingInterval }}. KEDA looks at the lag once a second at most: set 1 or more, in seconds.
{{- end }}
{{- $refused := include "mcp-jobs.refusedScaling" . | fromYaml }}
{{- range $name, $why := $refused }}
{{- $value := get $scaling $name }}
{{- $harmless := list "" "<nil>" "false" "0" }}
{{- if and (hasKey $scaling $name) (not (has (toString $value) $harmless)) }}
- {{ $key }}.{{ $name }}: {{ $why }}
{{- end }}
{{- end }}
{{- range $name, $value := $scaling.triggerMetadata }}
{{- with get $refused $name }}
- {{ $key }}.triggerMetadata.{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- /* KEDA's settings that break the claim, and why. */}}
{{- define "mcp-jobs.refusedScaling" -}}
minReplicaCount: KEDA would start that many Jobs even when no message waits, each to find nothing, and count them as pending. It is always 0.
excludePersistentLag: KEDA would report no lag while the committed offset stands still, so messages would wait as long as pods take to start. It is never set.
limitToPartitionsWithLag: it caps unclaimed Jobs at the number of partitions. The claim needs no partition of its own. It is never set.
ensureEvenDistributionOfPartitions: it rounds the number of Jobs to a factor of the partitions. The claim needs no partition of its own. It is never set.
partitionLimitation: runners claim from every partition of the topic, so KEDA must count every one.
allowIdleConsumers: is always true, or KEDA would cap unclaimed Jobs at the number of partitions.
offsetResetPolicy: is always earliest; with latest KEDA would start a Job for each partition that has no offset.
scaleToZeroOnInvalidOffset: is always true; a partition without an offset must not start Jobs before the install hook gave it one.
strategy: is always accurate. The others let new messages wait behind claimed ones (default), or make too many Jobs (eager, custom).
pendingPodConditions: is always [Ready], which means "has claimed". Without it KEDA takes a starting pod for one that has claimed, and makes Jobs again at each poll.
rollout: is always gradual. KEDA's default deletes running Jobs on every edit of the ScaledJob.
rolloutStrategy: is always gradual. KEDA's default deletes running Jobs on every edit of the ScaledJob.
successfulJobsHistoryLimit: is always high, so that job.ttlSecondsAfterFinished decides how long a Job is kept.
failedJobsHistoryLimit: is always high. KEDA deletes failed Jobs in any order, before they are settled; job.ttlSecondsAfterFinished decides.
bootstrapServers: comes from kafka.brokers, for trigger and runner alike.
topic: comes from the workload's topic, for trigger and runner alike.
consumerGroup: comes from the workload's consumerGroup, for trigger and runner alike.
sasl: comes from kafka.saslMechanism, for trigger and runner alike.
tls: comes from kafka.securityProtocol, for trigger and runner alike.
{{- end }}

{{- define "mcp-jobs.problems.times" -}}
{{- $w := .w }}
{{- $work := mul $w.runner.messageTimeoutSeconds $w.batchSize }}
{{- if le (int64 $w.runner.claimTimeoutSeconds) (int64 $w.runner.claimWaitSeconds) }}
- {{ .key }}.runner.claimTimeoutSeconds: is {{ int64 $w.runner.claimTimeoutSeconds }}, not more than claimWaitSeconds {{ int64 $w.runner.claimWaitSeconds }}. The kubelet would end runners that look for a message as failed, instead of letting them end with nothing to claim.
{{- end }}
{{- if lt (int64 $w.job.activeDeadlineSeconds) $work }}
- {{ .key }}.job.activeDeadlineSeconds: is {{ int64 $w.job.activeDeadlineSeconds }}, less than messageTimeoutSeconds × batchSize, {{ $work }}. Kubernetes would kill the Job before the runner's own deadline can make an outcome.
{{- end }}
{{- if .root.Values.admission.enabled }}
{{- $policy := .root.Values.policy }}
{{- include "mcp-jobs.problems.clamp" (dict "key" (printf "%s.job.activeDeadlineSeconds" .key) "value" $w.job.activeDeadlineSeconds "name" "activeDeadlineSeconds" "limits" $policy.activeDeadlineSeconds) }}
{{- include "mcp-jobs.problems.clamp" (dict "key" (printf "%s.job.ttlSecondsAfterFinished" .key) "value" $w.job.ttlSecondsAfterFinished "name" "ttlSecondsAfterFinished" "limits" $policy.ttlSecondsAfterFinished) }}
{{- include "mcp-jobs.problems.clamp" (dict "key" (printf "%s.maxAttempts" .key) "value" (sub $w.maxAttempts 1) "name" "backoffLimit" "limits" $policy.backoffLimit) }}
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.clamp" -}}
{{- if or (lt (int64 .value) (int64 .limits.min)) (gt (int64 .value) (int64 .limits.max)) }}
- {{ .key }}: makes {{ .name }} {{ int64 .value }}, which the admission helper would change, as policy.{{ .name }} allows {{ int64 .limits.min }} to {{ int64 .limits.max }}. Change one of them.
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.env" -}}
{{- $own := dict }}
{{- range .env }}
{{- $_ := set $own .name true }}
{{- end }}
{{- range .extra }}
{{- if hasKey $own .name }}
- {{ $.key }}: {{ .name }} is set by the chart itself; its value has a key of its own.
{{- end }}
{{- end }}
{{- end }}

{{- /* Takes the workloads. */}}
{{- define "mcp-jobs.problems.sharing" -}}
{{- $topics := dict }}
{{- $groups := dict }}
{{- range $name, $workload := . }}
{{- with get $topics $workload.topic }}
- workloads.{{ $name }}.topic: {{ $workload.topic }} is workloads.{{ . }}'s too, so each message would run twice and have two outcomes.
{{- end }}
{{- with get $groups $workload.consumerGroup }}
- workloads.{{ $name }}.consumerGroup: {{ $workload.consumerGroup }} is workloads.{{ . }}'s too, so their runners would fence each other and the lag would be counted twice.
{{- end }}
{{- $_ := set $topics $workload.topic $name }}
{{- $_ := set $groups $workload.consumerGroup $name }}
{{- end }}
{{- range $name, $workload := . }}
{{- range list "outcomesTopic" "deadLettersTopic" }}
{{- $reader := get $topics (get $workload .) }}
{{- if and $reader (ne $reader $name) }}
- workloads.{{ $name }}.{{ . }}: {{ get $workload . }} is the topic of workloads.{{ $reader }}, so what is written there would become Jobs.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.policy" -}}
{{- range $key := list "ttlSecondsAfterFinished" "activeDeadlineSeconds" "backoffLimit" }}
{{- $limits := get $.Values.policy $key }}
{{- if or (lt (int64 $limits.default) (int64 $limits.min)) (gt (int64 $limits.default) (int64 $limits.max)) }}
- policy.{{ $key }}.default: is {{ int64 $limits.default }}, not between min {{ int64 $limits.min }} and max {{ int64 $limits.max }}.
{{- end }}
{{- end }}
{{- $tenants := list }}
{{- range $name, $workload := include "mcp-jobs.workloads" . | fromJson }}
{{- $tenants = append $tenants $workload.tenant }}
{{- end }}
{{- range $tenant, $cap := .Values.policy.tenants }}
{{- if not (has $tenant $tenants) }}
- policy.tenants.{{ $tenant }}: no enabled workload has this tenant; there are {{ $tenants | compact | uniq | sortAlpha | join ", " | default "none" }}.
{{- end }}
{{- end }}
{{- end }}

{{- define "mcp-jobs.problems.admission" -}}
{{- with .Values.admission }}
{{- if .enabled }}
{{- if le (int64 .leaseSeconds) (int64 .timeoutSeconds) }}
- admission.leaseSeconds: is {{ int64 .leaseSeconds }}, not more than timeoutSeconds {{ int64 .timeoutSeconds }}. A new leader could not wait for the reviews of the old one, so caps would not be strict.
{{- end }}
{{- if and .page.enabled (not .reconcile) }}
- admission.page.enabled: needs admission.reconcile, whose numbers the page shows. Set that to true, too.
{{- end }}
{{- with .certificates }}
{{- if and (eq .source "existingSecret") (not .existingSecret) }}
- admission.certificates.existingSecret: is empty, but source is existingSecret. Name the Secret.
{{- end }}
{{- if and (eq .source "existingSecret") (not .caBundle) }}
- admission.certificates.caBundle: is empty, but source is existingSecret. Without the authority's PEM the API server can't trust the helper, and every Job is denied.
{{- end }}
{{- if and .existingSecret (ne .source "existingSecret") }}
- admission.certificates.existingSecret: would not be used with source {{ .source }}. Set source to existingSecret.
{{- end }}
{{- if and (eq .source "selfSigned") (ge (int64 .renewBeforeDays) (int64 .validityDays)) }}
- admission.certificates.renewBeforeDays: is {{ int64 .renewBeforeDays }}, not less than validityDays {{ int64 .validityDays }}, so every upgrade would make a new certificate.
{{- end }}
{{- end }}
{{- include "mcp-jobs.problems.env" (dict "key" "admission.extraEnv" "env" (include "mcp-jobs.admission.env" $ | fromYamlArray) "extra" .extraEnv) }}
{{- if and (not .serviceAccount.create) (not .serviceAccount.name) }}
- admission.serviceAccount.name: is empty, but create is false. Name one that exists.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
