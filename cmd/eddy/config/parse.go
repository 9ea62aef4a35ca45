package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFileSize bounds what is read: a configuration is written by people.
const maxFileSize = 1 << 20

// document is a parsed file: the values, and where each key stands.
type document struct {
	file   string
	config Config
	lines  map[string]int // path → line
	faults Faults
}

// parse reads YAML strictly: unknown and repeated keys are faults, and all of them are reported together.
func parse(file string, data []byte) *document {
	doc := &document{file: file, lines: map[string]int{}}
	if len(data) > maxFileSize {
		doc.add(0, "", fmt.Sprintf("larger than %d bytes", maxFileSize))
		return doc
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		doc.addYAML(err)
		return doc
	}
	if len(root.Content) > 0 {
		index(doc.lines, root.Content[0], "", 0)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc.config); err != nil && !errors.Is(err, io.EOF) {
		doc.addYAML(err)
		return doc
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		doc.add(second.Line, "", "a second YAML document: the file must hold one")
	}
	return doc
}

// index notes the line of every key and list item. Aliases are not followed: their content stands elsewhere.
func index(lines map[string]int, node *yaml.Node, path string, depth int) {
	if depth > 16 { // deeper than any key of ours
		return
	}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			child := key.Value
			if path != "" {
				child = path + "." + key.Value
			}
			lines[child] = key.Line
			index(lines, node.Content[i+1], child, depth+1)
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			child := path + "[" + strconv.Itoa(i) + "]"
			lines[child] = item.Line
			index(lines, item, child, depth+1)
		}
	}
}

// line finds where a path stands, or the nearest key around it: a default that is at fault has no line of its own.
func (d *document) line(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return 0
}

func (d *document) add(line int, path, message string) {
	d.faults = append(d.faults, Fault{File: d.file, Line: line, Path: path, Message: message})
}

// addYAML turns the decoder's words into faults with a line, a suggestion, and no Go type names.
func (d *document) addYAML(err error) {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		line, message := splitLine(strings.TrimPrefix(err.Error(), "yaml: "))
		d.add(line, "", message)
		return
	}
	keys := map[string][]string{}
	collectKeys(reflect.TypeFor[Config](), keys)
	for _, e := range typed.Errors {
		line, message := splitLine(e)
		d.add(line, "", rephrase(message, keys))
	}
}

func splitLine(s string) (int, string) {
	rest, ok := strings.CutPrefix(s, "line ")
	if !ok {
		return 0, s
	}
	number, message, ok := strings.Cut(rest, ": ")
	line, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0, s
	}
	return line, message
}

func rephrase(message string, keys map[string][]string) string {
	if m := regexp.MustCompile(`^field (.*) not found in type (\S+)$`).FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown key %q%s", m[1], didYouMean(m[1], keys[m[2]]))
	}
	if m := regexp.MustCompile("(?s)^cannot unmarshal (\\S+)(?: `(.*)`)? into (\\S+)$").FindStringSubmatch(message); m != nil {
		if m[2] == "" {
			return fmt.Sprintf("must be %s, not %s", kindWord(m[3]), kindWord(m[1]))
		}
		return fmt.Sprintf("%q must be %s", m[2], kindWord(m[3]))
	}
	return message
}

// kindWord names a YAML tag or a Go type as a person would.
func kindWord(t string) string {
	switch {
	case t == "!!seq" || strings.HasPrefix(t, "[]"):
		return "a list"
	case t == "!!map" || strings.HasPrefix(t, "map[") || strings.Contains(t, "onfig") || t == "schema.Detector":
		return "a group of keys"
	case t == "time.Duration":
		return "a duration as 10s or 5m"
	case t == "int" || t == "!!int" || t == "uint64" || t == "int64":
		return "a whole number"
	case t == "float64" || t == "!!float":
		return "a number"
	case strings.HasSuffix(t, "bool"):
		return "true or false"
	}
	return "text"
}

// collectKeys lists the YAML keys of every struct reachable from t, by the type's name as the decoder prints it.
func collectKeys(t reflect.Type, keys map[string][]string) {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Map:
		collectKeys(t.Elem(), keys)
	case reflect.Struct:
		if _, seen := keys[t.String()]; seen {
			return
		}
		keys[t.String()] = []string{}
		for i := range t.NumField() {
			field := t.Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			keys[t.String()] = append(keys[t.String()], name)
			collectKeys(field.Type, keys)
		}
	}
}
