// Package catalogue lists the algorithms that are built in. Adding one is its folder and one line here.
package catalogue
