{{/*
Kafka, said once in values and read from here by trigger, runners, helper and hooks.
*/}}

{{- define "mcp-jobs.kafka.brokers" -}}
{{- kindIs "slice" .Values.kafka.brokers | ternary .Values.kafka.brokers (list .Values.kafka.brokers) | join "," | nospace }}
{{- end }}

{{- /* Name of the Secret with the credentials; empty: there are none. */}}
{{- define "mcp-jobs.kafka.secretName" -}}
{{- if .Values.kafka.existingSecret }}
{{- .Values.kafka.existingSecret }}
{{- else if include "mcp-jobs.kafka.given" . }}
{{- include "mcp-jobs.kafka.name" . }}
{{- end }}
{{- end }}

{{- /* The credentials that values give, as one string; empty: none. */}}
{{- define "mcp-jobs.kafka.given" -}}
{{- values .Values.kafka.credentials | compact | join "," }}
{{- end }}

{{- /* Environment of a connection. A workload's topics are added by "mcp-jobs.kafka.topicEnv". */}}
{{- define "mcp-jobs.kafka.env" -}}
- name: KAFKA_BROKERS
  value: {{ include "mcp-jobs.kafka.brokers" . | quote }}
- name: KAFKA_SECURITY_PROTOCOL
  value: {{ .Values.kafka.securityProtocol }}
{{- with .Values.kafka.saslMechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ . }}
{{- end }}
{{- if include "mcp-jobs.kafka.secretName" . }}
- name: KAFKA_CREDENTIALS_DIR
  value: /etc/mcp-jobs/kafka
{{- end }}
- name: KAFKA_REQUEST_TIMEOUT_SECONDS
  value: {{ .Values.kafka.requestTimeoutSeconds | int64 | quote }}
{{- end }}

{{- /* Takes a workload. */}}
{{- define "mcp-jobs.kafka.topicEnv" -}}
- name: KAFKA_TOPIC
  value: {{ .topic | quote }}
- name: KAFKA_CONSUMER_GROUP
  value: {{ .consumerGroup | quote }}
- name: KAFKA_OUTCOMES_TOPIC
  value: {{ .outcomesTopic | quote }}
- name: KAFKA_DEAD_LETTERS_TOPIC
  value: {{ .deadLettersTopic | quote }}
{{- end }}

{{- define "mcp-jobs.kafka.volume" -}}
{{- with include "mcp-jobs.kafka.secretName" . }}
- name: kafka
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "mcp-jobs.kafka.volumeMount" -}}
{{- if include "mcp-jobs.kafka.secretName" . }}
- {name: kafka, mountPath: /etc/mcp-jobs/kafka, readOnly: true}
{{- end }}
{{- end }}

{{- /* KEDA's spelling of the same login. */}}
{{- define "mcp-jobs.kafka.triggerSecurity" -}}
tls: {{ hasSuffix "SSL" .Values.kafka.securityProtocol | ternary "enable" "disable" }}
sasl: {{ get (dict "PLAIN" "plaintext" "SCRAM-SHA-256" "scram_sha256" "SCRAM-SHA-512" "scram_sha512" "OAUTHBEARER" "oauthbearer") .Values.kafka.saslMechanism | default "none" }}
{{- end }}

{{- /* Keys of the Secret that the login needs; KEDA takes a missing one for "not given". JSON map: list of names. */}}
{{- define "mcp-jobs.kafka.keys" -}}
{{- $keys := list }}
{{- if .Values.kafka.saslMechanism }}
{{- $keys = concat $keys (list "username" "password") }}
{{- end }}
{{- if eq .Values.kafka.saslMechanism "OAUTHBEARER" }}
{{- $keys = concat $keys (list "oauthTokenEndpointUri" "scopes") }}
{{- end }}
{{- if hasSuffix "SSL" .Values.kafka.securityProtocol }}
{{- $keys = concat $keys (list "ca" "cert" "key") }}
{{- end }}
{{- toJson (dict "names" $keys) }}
{{- end }}
