// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.demo;

import dev.quench.graph.Model;

/// The trained networks that the demo starts from; changed in place.
///
/// @param nin float, to be quantized to INT8
/// @param vgg float
/// @param vggBinary its twin with 1-bit weights and activations
public record DemoNetworks(Model nin, Model vgg, Model vggBinary) {}
