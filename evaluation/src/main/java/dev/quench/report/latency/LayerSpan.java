// SPDX-License-Identifier: Apache-2.0
package dev.quench.report.latency;

/// When a layer ran, in milliseconds from the beginning of its run.
public record LayerSpan(String layer, double startMillis, double millis) {}
