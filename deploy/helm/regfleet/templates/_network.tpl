{{/* Where a process of ours may go: names, registries, its Redis; called with (list $ VALUES COMPONENT). */}}
{{- define "regfleet.egress" -}}
{{- $root := index . 0 -}}
{{- $own := $root.Values.networkPolicy -}}
# Names.
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
# Registries, token servers, clouds.
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        {{- if not $own.cloudMetadata }}
        except: [169.254.0.0/16]
        {{- end }}
    - ipBlock:
        cidr: ::/0
        {{- if not $own.cloudMetadata }}
        # As fd00:ec2::254 of AWS.
        except: [fe80::/10, fd00:ec2::/32]
        {{- end }}
  ports:
    {{- range $own.registryPorts }}
    - port: {{ . }}
    {{- end }}
{{- if $own.cloudMetadata }}
- to:
    - ipBlock:
        cidr: 169.254.0.0/16
    # Of AWS.
    - ipBlock:
        cidr: fd00:ec2::/32
  ports:
    - port: 80
    # The metadata server of GKE.
    - port: 988
{{- end }}
{{- if ne (index . 2) "sync" }}
{{- if $root.Values.redis.enabled }}
- to:
    - podSelector:
        matchLabels:
          {{- include "regfleet.selector" (list $root "redis") | nindent 10 }}
  ports:
    - port: 6379
{{- else }}
- ports:
    {{- range $root.Values.externalRedis.ports }}
    - port: {{ . }}
    {{- end }}
{{- end }}
{{- end }}
{{- with $own.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
