// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.internal;

/// What an engine is tied to.
///
/// @param tensorRtVersion for example `10.15.1.29`
/// @param cudaDriver newest CUDA that the driver supports, for example `13.1`
/// @param cudaRuntime for example `13.1`
/// @param device that engines are built for and run on: the driver's first
public record Environment(
    String tensorRtVersion, String cudaDriver, String cudaRuntime, CudaDevice device) {}
