{{/* How values become BFF_* variables. None is named here: values.schema.json, made from the code, lists them. */}}

{{/* The variable of a setting: redisTimeoutS is BFF_REDIS_TIMEOUT_S. */}}
{{- define "bff.variable" -}}
BFF_{{ snakecase . | upper }}
{{- end }}

{{/* A setting as text. A whole number from a values file arrives as a float, which would print as 1.34217728e+08. */}}
{{- define "bff.text" -}}
{{- if kindIs "slice" . -}}
{{ join "," . }}
{{- else if and (kindIs "float64" .) (eq (floor .) .) -}}
{{ int64 . }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end }}

{{/*
All worker processes that may call the systems behind us at once; their limits are shared among so many. The pod that a
rolling update adds before it ends another counts too.
*/}}
{{- define "bff.fleetWorkers" -}}
{{- $pods := ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled -}}
{{ mul (add $pods 1) .Values.settings.workers }}
{{- end }}
