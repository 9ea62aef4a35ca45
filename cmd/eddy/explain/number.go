package explain

import "strconv"

// Number is a float that JSON can hold: what it has no number for is a string, as in Prometheus' API.
type Number float64

// MarshalJSON writes it.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); v-v == 0 {
		return strconv.AppendFloat(nil, v, 'g', -1, 64), nil
	}
	return strconv.AppendQuote(nil, n.String()), nil
}

// String is short: six digits tell enough.
func (n Number) String() string { return strconv.FormatFloat(float64(n), 'g', 6, 64) }
