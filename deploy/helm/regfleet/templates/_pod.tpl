{{/* Parts of every pod that runs regfleet; each is called with (list $ VALUES COMPONENT). */}}

{{- define "regfleet.podMetadata" -}}
{{- $root := index . 0 -}}
{{- $component := index . 2 -}}
{{- $annotations := dict -}}
{{- if and (ne $component "sync") $root.Values.monitoring.annotations (not $root.Values.monitoring.podMonitor.enabled) -}}
{{- $annotations = dict "prometheus.io/scrape" "true" "prometheus.io/port" "9090" "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- if and (ne $component "sync") (not (include "regfleet.watchesConfig" $root)) -}}
{{- $_ := set $annotations "checksum/config" (sha256sum $root.Values.config) -}}
{{- end -}}
{{- $annotations = merge (dict) $root.Values.podAnnotations $annotations -}}
labels:
  {{- include "regfleet.labels" (list $root $component) | nindent 2 }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "regfleet.placement" -}}
{{- $root := index . 0 -}}
{{- $component := index . 2 -}}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if has $component (list "scheduler" "worker") }}
{{- with $root.Values.topologyKeys }}
topologySpreadConstraints:
  {{- range . }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "regfleet.selector" (list $root $component) | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "regfleet.podSpec" -}}
{{- $root := index . 0 -}}
serviceAccountName: {{ include "regfleet.serviceAccountName" $root }}
# Nothing of the fleet asks the Kubernetes API. Identities of clouds come by tokens of their own.
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $root.Values.podSecurityContext | nindent 2 }}
{{- with include "regfleet.placement" . | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "regfleet.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "regfleet.env" -}}
{{- $root := index . 0 -}}
{{- $values := $root.Values -}}
- name: LOG_FORMAT
  value: json
# For commands that somebody runs in here.
- name: REGFLEET_CONFIG
  value: /etc/regfleet/config.yaml
{{- if ne (index . 2) "sync" }}
{{- if $values.redis.enabled }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "regfleet.redisSecret" $root }}
      key: {{ $values.redis.existingSecret.key }}
- name: REGFLEET_REDIS_URL
  value: redis://:$(REDIS_PASSWORD)@{{ include "regfleet.fullname" $root }}-redis:6379
{{- else if $values.externalRedis.existingSecret.name }}
- name: REGFLEET_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ $values.externalRedis.existingSecret.name }}
      key: {{ $values.externalRedis.existingSecret.key }}
{{- else if $values.externalRedis.url }}
- name: REGFLEET_REDIS_URL
  value: {{ $values.externalRedis.url }}
{{- end }}
{{- end }}
{{- if or $values.caCertificates.secret $values.caCertificates.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/regfleet-ca/{{ $values.caCertificates.key }}
# For skopeo.
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/regfleet-ca
{{- end }}
{{- with $values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "regfleet.mounts" -}}
{{- $values := (index . 0).Values -}}
# The folder: a single file of a Secret would not follow its changes.
- name: config
  mountPath: /etc/regfleet
  readOnly: true
{{- if or $values.caCertificates.secret $values.caCertificates.configMap }}
- name: ca
  mountPath: /etc/regfleet-ca
  readOnly: true
{{- end }}
{{- range $at, $files := $values.secretFiles }}
- name: secret-{{ $at }}
  mountPath: {{ $files.path }}
  readOnly: true
{{- end }}
- name: tmp
  mountPath: /tmp
# skopeo's place for large files
- name: tmp
  mountPath: /var/tmp
{{- end -}}

{{- define "regfleet.volumes" -}}
{{- $root := index . 0 -}}
{{- $values := $root.Values -}}
- name: config
  secret:
    secretName: {{ include "regfleet.configSecret" $root }}
    # 0440
    defaultMode: 288
    items:
      - key: {{ ternary $values.existingConfig.key "config.yaml" (ne $values.existingConfig.name "") }}
        path: config.yaml
{{- with $values.caCertificates.secret }}
- name: ca
  secret:
    secretName: {{ . }}
{{- end }}
{{- with $values.caCertificates.configMap }}
- name: ca
  configMap:
    name: {{ . }}
{{- end }}
{{- range $at, $files := $values.secretFiles }}
- name: secret-{{ $at }}
  secret:
    secretName: {{ $files.secret }}
    defaultMode: 288
    {{- with $files.items }}
    items:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: {{ (index . 1).tmpSize }}
{{- end -}}

{{/* The one container of a pod, with ports and probes where it serves; called with (list $ VALUES COMPONENT ARGS). */}}
{{- define "regfleet.container" -}}
{{- $root := index . 0 -}}
{{- $own := index . 1 -}}
{{- $component := index . 2 -}}
name: {{ $component }}
image: {{ include "regfleet.image" $root | quote }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args:
  {{- range concat (index . 3) $own.extraArgs }}
  - {{ . | toString | quote }}
  {{- end }}
env:
  {{- include "regfleet.env" . | nindent 2 }}
{{- with $root.Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if ne $component "sync" }}
ports:
  - name: http
    containerPort: 9090
readinessProbe:
  httpGet:
    path: /readyz
    port: http
  periodSeconds: 5
  timeoutSeconds: 3
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  initialDelaySeconds: 10
  periodSeconds: 20
  timeoutSeconds: 10
{{- end }}
resources:
  {{- toYaml $own.resources | nindent 2 }}
securityContext:
  {{- include "regfleet.securityContext" . | nindent 2 }}
volumeMounts:
  {{- include "regfleet.mounts" . | nindent 2 }}
{{- end -}}
