package ingest

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"eddy/schema"
)

// negotiate chooses the message by the Content-Type, before the body is looked at. The version header does not count:
// the specification gives it no say. A sender without a Content-Type, or a Content-Encoding, is one from before there
// was a choice.
func negotiate(h http.Header) (Version, error) {
	unsupported := func(format string, args ...any) (Version, error) {
		return 0, &Error{Status: http.StatusUnsupportedMediaType, Text: fmt.Sprintf(format, args...)}
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(strings.TrimSpace(encoding), "snappy") {
		return unsupported("content encoding %q is not supported: use snappy (block format)", clip(encoding, 80))
	}
	contentType := h.Get("Content-Type")
	if contentType == "" {
		return V1, nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/x-protobuf" {
		return unsupported("content type %q is not supported: use application/x-protobuf", clip(contentType, 80))
	}
	switch proto := params["proto"]; proto {
	case "", "prometheus.WriteRequest":
		return V1, nil
	case "io.prometheus.write.v2.Request":
		return V2, nil
	default:
		return unsupported("message %q is not supported: use prometheus.WriteRequest or io.prometheus.write.v2.Request", clip(proto, 80))
	}
}

// tenantOf finds the tenant of a request: path, X-Scope-OrgID, THANOS-TENANT, or the default one.
func tenantOf(r *http.Request) (string, error) {
	for _, name := range [3]string{r.PathValue("tenant"), r.Header.Get("X-Scope-OrgID"), r.Header.Get("THANOS-TENANT")} {
		if name == "" {
			continue
		}
		if err := schema.CheckTenant(name); err != nil {
			return "", badRequest("%v", err)
		}
		return name, nil
	}
	return schema.DefaultTenant, nil
}
