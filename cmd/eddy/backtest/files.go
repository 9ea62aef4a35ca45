package backtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// File is one CSV file to test.
type File struct {
	Path     string // where it is
	Relative string // below the folder that was given; its base name when the file itself was
}

// Entity is what the results call it.
func (f File) Entity() string {
	return filepath.ToSlash(strings.TrimSuffix(f.Relative, filepath.Ext(f.Relative)))
}

// FindFiles lists the CSV files behind paths: a file is itself, a folder all below it. The order is that of the names.
func FindFiles(paths []string) ([]File, error) {
	var files []File
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			return nil, fmt.Errorf("--csv: %w", err)
		}
		if !info.IsDir() {
			files = append(files, File{root, filepath.Base(root)})
			continue
		}
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.EqualFold(filepath.Ext(path), ".csv") {
				return err
			}
			relative, err := filepath.Rel(root, path)
			files = append(files, File{path, relative})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("--csv: %w", err)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("--csv: no .csv file there")
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Relative < files[j].Relative })
	for i := 1; i < len(files); i++ {
		if files[i].Relative == files[i-1].Relative {
			return nil, fmt.Errorf("--csv: %s and %s would have the same results", files[i-1].Path, files[i].Path)
		}
	}
	return files, nil
}

// Read reads the file's table.
func (f File) Read(context.Context) (*Table, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, err := ReadCSV(file, f.Entity())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	t.Path = f.Relative
	return t, nil
}
