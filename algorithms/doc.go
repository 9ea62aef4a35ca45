// Package algorithms holds the contract every detector fulfils and what all of them share: calibrated scores, checked
// parameters, the envelope of model bytes. One folder per algorithm; package catalogue lists the built-in ones, package
// lawtest holds the laws all of them pass, internal the mathematics without knowledge of either, peers a comparison with others'.
package algorithms
