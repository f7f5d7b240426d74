{{/*
Pieces that pods share.
*/}}

{{- /* Takes (dict "root" $ "image" IMAGE). */}}
{{- define "mcp-jobs.image" -}}
image: {{ .image.repository }}{{ with .image.digest }}@{{ . }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end }}
imagePullPolicy: {{ .image.pullPolicy }}
{{- end }}

{{- /* What every pod says about itself. Links to Services would appear as KAFKA_PORT and the like. */}}
{{- define "mcp-jobs.podBasics" -}}
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Where a pod may run. Takes a map with these keys. */}}
{{- define "mcp-jobs.placement" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Takes (dict "name" ENV "field" FIELDPATH). */}}
{{- define "mcp-jobs.fieldEnv" -}}
- name: {{ .name }}
  valueFrom: {fieldRef: {fieldPath: {{ .field | quote }}}}
{{- end }}

{{- /* A pod of a hook: as a runner, but without a claim. Takes $. */}}
{{- define "mcp-jobs.hookPod" -}}
{{ include "mcp-jobs.podBasics" . }}
restartPolicy: Never
automountServiceAccountToken: false
serviceAccountName: {{ include "mcp-jobs.runner.name" . }}
{{- end }}
