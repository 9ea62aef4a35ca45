package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryConfigurationInTheReadmeIsValid(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(readme(t), -1) {
		if strings.Contains(block[1], "remote_write:") {
			continue // Prometheus' own
		}
		checked++
		if _, err := (Flags{}).Check("README.md", []byte(block[1]), catalogue()); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
	}
	if checked == 0 {
		t.Error("no configuration found")
	}
}

func TestEveryFlagIsInTheReadmeWithItsVariable(t *testing.T) {
	t.Parallel()
	text := readme(t)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Flags]()) {
		flag, variable := "`--"+field.Tag.Get("name")+"`", "`"+field.Tag.Get("env")+"`"
		if !strings.Contains(text, flag) || !strings.Contains(text, variable) {
			t.Errorf("%s with %s is missing", flag, variable)
		}
		want := "EDDY_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(field.Tag.Get("name")))
		if field.Tag.Get("env") != want {
			t.Errorf("%s is set by %s, want %s", flag, variable, want)
		}
	}
}

// Every override has its flag and every flag its override, or a flag would silently do nothing.
func TestEveryFlagOverrides(t *testing.T) {
	t.Parallel()
	flags := reflect.New(reflect.TypeFor[Flags]()).Elem()
	names := map[string]bool{}
	for i := range flags.NumField() {
		if field := flags.Field(i); field.Kind() == reflect.Pointer {
			field.Set(reflect.New(field.Type().Elem()))
			names["--"+flags.Type().Field(i).Tag.Get("name")] = true
		}
	}
	for _, o := range flags.Interface().(Flags).overrides() {
		if o.value == nil || !names[o.flag] {
			t.Errorf("%s: no such flag, or another one's value", o.flag)
		}
		delete(names, o.flag)
	}
	for name := range names {
		t.Errorf("%s overrides nothing", name)
	}
}
