// Package config is eddy's configuration: the keys of eddy.yaml, the flags and environment variables that override
// them, and the checks that find every fault at once and say where it is.
//
//	flag  >  environment  >  file  >  default
package config
