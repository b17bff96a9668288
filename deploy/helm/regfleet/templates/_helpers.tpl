{{- define "regfleet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for the longest suffix, and for what Kubernetes makes of the name of a CronJob. */}}
{{- define "regfleet.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "regfleet.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selectors go by, which can never change; called with (list $ COMPONENT). */}}
{{- define "regfleet.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "regfleet.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "regfleet.labels" -}}
{{ include "regfleet.selector" . }}
app.kubernetes.io/part-of: regfleet
{{- end -}}

{{- define "regfleet.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository: say where you have pushed the image, see deploy/README.md" $image.repository -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "regfleet.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "regfleet.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "regfleet.configSecret" -}}
{{- .Values.existingConfig.name | default (printf "%s-config" (include "regfleet.fullname" .)) -}}
{{- end -}}

{{- define "regfleet.redisSecret" -}}
{{- .Values.redis.existingSecret.name | default (printf "%s-redis" (include "regfleet.fullname" .)) -}}
{{- end -}}

{{/* True: processes read the config again by themselves. */}}
{{- define "regfleet.watchesConfig" -}}
{{- if or .Values.existingConfig.name (regexMatch "(?m)^watch:[ \\t]+([tT]rue|TRUE|[yY]es|YES|[oO]n|ON|[yY])[ \\t]*(#.*)?$" .Values.config) -}}true{{- end -}}
{{- end -}}
