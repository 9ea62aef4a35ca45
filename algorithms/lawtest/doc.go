// Package lawtest states what every algorithm must do, as tests. An algorithm's own package tests what it detects.
package lawtest
