{{- define "mcp-jobs.webhooks.annotations" -}}
{{- if eq .Values.admission.certificates.source "certManager" -}}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "mcp-jobs.admission.name" . }}
{{- end }}
{{- end }}

{{- /* What both webhooks share. Takes root, path and authority (PEM, may be empty). */}}
{{- define "mcp-jobs.webhook" -}}
admissionReviewVersions: [v1]
clientConfig:
  service:
    name: {{ include "mcp-jobs.admission.name" .root }}
    namespace: {{ .root.Release.Namespace }}
    path: {{ .path }}
    port: 443
  {{- with .authority }}
  caBundle: {{ . | b64enc }}
  {{- end }}
failurePolicy: {{ .root.Values.admission.failurePolicy }}
matchPolicy: Equivalent
sideEffects: NoneOnDryRun
timeoutSeconds: {{ .root.Values.admission.timeoutSeconds | int64 }}
{{- /* Our own Jobs only: whatever happens to the helper, nobody else's Job waits for it. */}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ .root.Release.Namespace }}
objectSelector:
  matchLabels:
    mcp-jobs.io/managed: "true"
{{- end }}
