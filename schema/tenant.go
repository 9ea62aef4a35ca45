package schema

import "fmt"

// DefaultTenant owns what arrives without a tenant.
const DefaultTenant = "default"

// SelfTenant owns eddy's own metrics.
const SelfTenant = "eddy"

const maxTenantLength = 64

// ValidTenant reports whether name may be a tenant: [A-Za-z0-9_-]{1,64}. A tenant becomes one token of a NATS subject,
// so nothing with a meaning there (dot, star, greater-than, space, dollar) may pass.
func ValidTenant(name string) bool {
	if len(name) == 0 || len(name) > maxTenantLength {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// CheckTenant returns an error that says what a tenant may look like, or nil.
func CheckTenant(name string) error {
	if ValidTenant(name) {
		return nil
	}
	return fmt.Errorf("tenant %q is not valid: use 1 to %d of A-Z a-z 0-9 _ -", clip(name, 80), maxTenantLength)
}

// clip shortens s for an error message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
