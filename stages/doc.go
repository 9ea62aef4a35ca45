// Package stages holds what several stages must agree on, so that none imports another: how a policy becomes a plan.
// Each stage is a folder below.
package stages
