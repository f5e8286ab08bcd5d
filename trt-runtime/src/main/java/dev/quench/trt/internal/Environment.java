// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

/// What an engine is tied to.
///
/// @param tensorRtVersion for example `10.15.1.29`
/// @param device that engines are built for and run on: the driver's first
public record Environment(String tensorRtVersion, CudaDevice device) {}
