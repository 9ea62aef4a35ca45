package noise

import (
	"math"
	"testing"
)

func TestNormalHasMeanZeroAndVarianceOne(t *testing.T) {
	t.Parallel()
	const n = 200000
	var sum, squares float64
	for i := range uint64(n) {
		v := Normal(i)
		if math.Abs(v) > 3.5 {
			t.Fatalf("key %d: %v", i, v)
		}
		sum += v
		squares += v * v
	}
	if mean, variance := sum/n, squares/n; math.Abs(mean) > 0.01 || math.Abs(variance-1) > 0.02 {
		t.Errorf("mean %v, variance %v", mean, variance)
	}
}

// The numbers are part of what `eddy bench --seed` and `eddy demo --seed` promise: the same samples in every version.
func TestValuesNeverChange(t *testing.T) {
	t.Parallel()
	if got := Mix(1); got != 0x910a2dec89025cc1 {
		t.Errorf("Mix(1) = %#x", got)
	}
	if got := String("a"); got != 0xaf63dc4c8601ec8c {
		t.Errorf("String(a) = %#x", got)
	}
	if String("a") == String("b") || Normal(1) == Normal(2) {
		t.Error("keys are not told apart")
	}
}
