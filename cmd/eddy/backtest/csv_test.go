package backtest

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadCSV(t *testing.T) {
	t.Parallel()
	table, err := ReadCSV(strings.NewReader("\ufefftimestamp,cpu,label\n2026-01-02 03:04:05,1.5,0\n2026-01-02T03:05:05Z,,1\n1767323165,nan,1\n1767323225000,-2e3\n"), "a/b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{1767323045000, 1767323105000, 1767323165000, 1767323225000}, table.Times); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
	if v := table.Series[0].Values; v[0] != 1.5 || !math.IsNaN(v[1]) || !math.IsNaN(v[2]) || v[3] != -2000 {
		t.Errorf("values %v", v)
	}
	if diff := cmp.Diff([]bool{false, true, true, false}, table.Label); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	if got := table.Series[0].Labels.String(); got != `cpu{entity="a/b"}` {
		t.Errorf("the series is called %s", got)
	}
}

func TestReadCSVNamesTheFault(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		_, err := ReadCSV(strings.NewReader(text), "x")
		if !errors.Is(err, ErrCSV) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	f("", "no header line")
	f("value\n1\n", "no time column")
	f("timestamp\n1\n", "no column with values")
	f("timestamp,a,a\n", `column "a" is there twice`)
	f("timestamp,v\n1700000000,1\nyesterday,2\n", `line 3: "yesterday" is no timestamp`)
	f("timestamp,v\n1700000000,one\n", `line 2: column "v": "one" is no number`)
	f("timestamp,v\n-5,1\n", "outside of the years")
	f("row,v\n-1,1\n", "no row number")
}

func FuzzReadCSV(f *testing.F) {
	f.Add("timestamp,value\n2026-01-02 03:04:05,1\n")
	f.Add("row,a,b,label\n0,1,,1\n1,nan,2,0\n")
	f.Add("timestamp,\"a\nb\"\n1e300,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadCSV(strings.NewReader(text), "x")
		if err != nil {
			if !errors.Is(err, ErrCSV) {
				t.Fatalf("error %v is no ErrCSV", err)
			}
			return
		}
		for i := range table.Series {
			if len(table.Series[i].Values) != len(table.Times) {
				t.Fatalf("series %d has %d values for %d times", i, len(table.Series[i].Values), len(table.Times))
			}
		}
	})
}

func FuzzParseLabels(f *testing.F) {
	f.Add([]byte(`{"a/b.csv": [["2026-01-02 03:04:05", "2026-01-02 04:04:05.000000"]]}`))
	f.Add([]byte(`{"a": [["1"]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		labels, err := ParseLabels(data)
		if err == nil && labels == nil {
			t.Fatal("no labels and no error")
		}
	})
}
