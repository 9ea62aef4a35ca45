package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reference is the file people copy from.
const reference = "../../../deploy/eddy.yaml"

func TestTheReferenceFileHoldsTheDefaults(t *testing.T) {
	t.Parallel()
	want, err := Flags{}.Load(catalogue())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Flags{ConfigFile: reference}.Load(catalogue())
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Detectors {
		if got.Detectors[i].ReportsSilence() {
			got.Detectors[i].Silence = nil // true is what unset means
		}
		got.Detectors[i].Parameters = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-defaults +deploy/eddy.yaml):\n%s", diff)
	}
}

// The file says that it holds every key. A default that is missing would not be noticed by its value.
func TestTheReferenceFileHoldsEveryKeyAndNoOther(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for path := range parse(reference, text).lines {
		path = regexp.MustCompile(`\[\d+\]`).ReplaceAllString(path, "[]")
		if !strings.HasSuffix(path, "]") && !strings.Contains(path, ".parameters.") { // those are the algorithm's
			got[path] = true
		}
	}
	want := map[string]bool{}
	collectPaths(reflect.TypeFor[Config](), "", want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-configuration +deploy/eddy.yaml):\n%s", diff)
	}
}

// collectPaths lists the path of every key, as parse does.
func collectPaths(t reflect.Type, path string, paths map[string]bool) {
	switch {
	case t.Kind() == reflect.Slice:
		collectPaths(t.Elem(), path+"[]", paths)
	case t.Kind() == reflect.Struct:
		for field := range slices.Values(reflect.VisibleFields(t)) {
			key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			if path != "" {
				key = path + "." + key
			}
			paths[key] = true
			collectPaths(field.Type, key, paths)
		}
	}
}
