package import MeshIO

/// The one door off the loop, for services: work that computes for long goes through it.
package typealias Offload = MeshIO.Offload
