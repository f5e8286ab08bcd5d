// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

/// The software and hardware that an engine depends on.
///
/// @param tensorRtVersion for example `10.15.1.29`
/// @param cudaDriver newest CUDA that the driver supports, for example `13.1`
/// @param cudaRuntime for example `13.1`
/// @param device the driver's first device, for which engines are built and on which they run
public record Environment(
    String tensorRtVersion, String cudaDriver, String cudaRuntime, CudaDevice device) {}
