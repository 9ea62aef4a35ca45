package schema

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// readProto builds a descriptor from a .proto file as simple as ours: messages of scalar and message fields.
func readProto(t *testing.T, path string) protoreflect.FileDescriptor {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := &descriptorpb.FileDescriptorProto{Name: proto.String(path), Package: proto.String("eddy.v1"), Syntax: proto.String("proto3")}
	message := regexp.MustCompile(`(?s)message (\w+) \{(.*?)\}`)
	field := regexp.MustCompile(`(repeated )?(\w+) (\w+) = (\d+);`)
	for _, m := range message.FindAllStringSubmatch(string(text), -1) {
		d := &descriptorpb.DescriptorProto{Name: proto.String(m[1])}
		for _, f := range field.FindAllStringSubmatch(m[2], -1) {
			number, err := strconv.Atoi(f[4])
			if err != nil {
				t.Fatal(err)
			}
			fd := &descriptorpb.FieldDescriptorProto{Name: proto.String(f[3]), Number: proto.Int32(int32(number))}
			fd.Label = descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()
			if f[1] != "" {
				fd.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
			}
			if scalar, ok := scalarType(f[2]); ok {
				fd.Type = scalar.Enum()
			} else {
				fd.Type, fd.TypeName = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), proto.String(".eddy.v1."+f[2])
			}
			d.Field = append(d.Field, fd)
		}
		file.MessageType = append(file.MessageType, d)
	}
	fd, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return fd
}

func scalarType(name string) (descriptorpb.FieldDescriptorProto_Type, bool) {
	switch name {
	case "bytes":
		return descriptorpb.FieldDescriptorProto_TYPE_BYTES, true
	case "uint32":
		return descriptorpb.FieldDescriptorProto_TYPE_UINT32, true
	case "fixed32":
		return descriptorpb.FieldDescriptorProto_TYPE_FIXED32, true
	case "sfixed64":
		return descriptorpb.FieldDescriptorProto_TYPE_SFIXED64, true
	case "float":
		return descriptorpb.FieldDescriptorProto_TYPE_FLOAT, true
	case "double":
		return descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, true
	}
	return 0, false
}

// TestCodecIsTheProto decodes our bytes by the .proto files and encodes them again: nothing unknown, nothing lost.
func TestCodecIsTheProto(t *testing.T) {
	t.Parallel()
	_, _, features := featureBlock()
	_, _, scores := scoreBlock()
	f := func(path, message string, data []byte, lengths map[string]int) {
		t.Helper()
		m := dynamicpb.NewMessage(readProto(t, path).Messages().ByName(protoreflect.Name(message)))
		if err := proto.Unmarshal(data, m); err != nil {
			t.Fatalf("%s: %v", message, err)
		}
		got := map[string]int{}
		m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			if fd.IsList() {
				got[string(fd.Name())] = v.List().Len()
				for i := range v.List().Len() {
					if fd.Kind() == protoreflect.MessageKind && len(v.List().Get(i).Message().GetUnknown()) > 0 {
						t.Errorf("%s.%s: unknown fields", message, fd.Name())
					}
				}
			} else {
				got[string(fd.Name())] = len(v.Bytes())
			}
			return true
		})
		if len(m.GetUnknown()) > 0 {
			t.Errorf("%s: unknown fields", message)
		}
		if diff := cmp.Diff(lengths, got); diff != "" {
			t.Errorf("%s: %s", message, diff)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(data, again); diff != "" {
			t.Errorf("%s: protobuf writes other bytes: %s", message, diff)
		}
	}
	f("features.proto", "FeatureBlock", features,
		map[string]int{"series": 2, "refs": 3, "flags": 3, "timestamps": 3, "values": 3, "columns": 3 * FeatureCount})
	f("scores.proto", "ScoreBlock", scores,
		map[string]int{"watch": 2, "refs": 2, "flags": 2, "timestamps": 2, "values": 8, "scores": 2, "contributions": 8})
	if len(FeatureNames()) != FeatureCount {
		t.Errorf("%d names for %d features", len(FeatureNames()), FeatureCount)
	}
}
