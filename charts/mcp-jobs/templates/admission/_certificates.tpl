{{/*
The webhooks' certificate, self-signed by the chart: made once, found again in its Secret by every upgrade, and renewed
by the first upgrade that finds it near its end. JSON: ca (all that is to be trusted), cert, key, host, expires.
*/}}

{{- define "mcp-jobs.certificate" -}}
{{- $settings := .Values.admission.certificates }}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "mcp-jobs.admission.tlsSecretName" .) | default dict }}
{{- $annotations := dig "metadata" "annotations" dict $secret }}
{{- $expires := get $annotations "mcp-jobs.io/expires" }}
{{- $host := include "mcp-jobs.admission.host" . }}
{{- $left := 0 }}
{{- if and $expires (eq $host (get $annotations "mcp-jobs.io/host")) }}
{{- $left = sub (toDate "2006-01-02T15:04:05Z07:00" $expires | unixEpoch | int64) (now | unixEpoch | int64) }}
{{- end }}
{{- if gt $left (mul $settings.renewBeforeDays 86400) }}
{{- with $secret.data }}
{{- toJson (dict "ca" (get . "ca.crt" | b64dec) "cert" (get . "tls.crt" | b64dec) "key" (get . "tls.key" | b64dec) "host" $host "expires" $expires) }}
{{- end }}
{{- else }}
{{- include "mcp-jobs.certificate.new" (dict "host" $host "days" (int $settings.validityDays) "old" (dig "data" "ca.crt" "" $secret | b64dec)) }}
{{- end }}
{{- end }}

{{- /* Takes host, days and "old": the authorities trusted so far. */}}
{{- define "mcp-jobs.certificate.new" -}}
{{- $expires := now | dateModify (printf "+%dh" (mul .days 24)) }}
{{- $authority := genCA "mcp-jobs admission" .days }}
{{- $names := list .host (printf "%s.cluster.local" .host) }}
{{- $own := genSignedCert .host nil $names .days $authority }}
{{- /* The last authority stays trusted: pods serve its certificate until the kubelet brings the new one. */}}
{{- $last := regexFind "(?s)-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?" .old }}
{{- $expires = dateInZone "2006-01-02T15:04:05Z07:00" $expires "UTC" }}
{{- toJson (dict "ca" (print $authority.Cert $last) "cert" $own.Cert "key" $own.Key "host" .host "expires" $expires) }}
{{- end }}
