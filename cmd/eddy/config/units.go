package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// Duration is written as Prometheus writes it: 15s, 1h30m, 30d, 1y.
type Duration time.Duration

// String is the shortest form that reads back to the same duration.
func (d Duration) String() string { return model.Duration(d).String() }

// UnmarshalYAML reads 15s, 1h30m, 30d; a bare number has no unit and is refused.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	v, err := model.ParseDuration(node.Value)
	if err != nil {
		return typeError(node, "%q is no duration: write it as 15s, 1h30m or 30d", node.Value)
	}
	*d = Duration(v)
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// Bytes is a size: 1073741824 or 1GiB.
type Bytes int64

var byteUnits = [...]struct {
	suffix string
	size   float64
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// ParseBytes reads 512, 512B, 64MiB, 1.5GiB.
func ParseBytes(s string) (Bytes, error) {
	number, unit := strings.TrimSpace(s), 1.0
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0) || v*unit >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size: write it as 512MiB, 10GiB or 1TiB", s)
	}
	return Bytes(v * unit), nil
}

// UnmarshalYAML reads what ParseBytes reads.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	v, err := ParseBytes(node.Value)
	if err != nil {
		return typeError(node, "%v", err)
	}
	*b = v
	return nil
}

// typeError makes the decoder collect the fault and go on, where a plain error would end it.
func typeError(node *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: "+format, append([]any{node.Line}, args...)...)}}
}
