// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

/// Prints whether ONNX Runtime is available; run in its own process.
final class AvailabilityProgram {
  private AvailabilityProgram() {}

  public static void main(String[] arguments) {
    System.out.println(new OnnxRuntimeBackend().availability());
  }
}
