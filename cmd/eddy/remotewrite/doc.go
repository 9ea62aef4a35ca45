// Package remotewrite is a Prometheus remote-write client for load and demonstration: requests whose label part is
// encoded once and whose samples are patched in place, so that the client costs little beside the server it measures.
package remotewrite
