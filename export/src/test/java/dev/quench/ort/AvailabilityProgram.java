// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

/// Prints whether ONNX Runtime is available; run in a process of its own.
final class AvailabilityProgram {
  private AvailabilityProgram() {}

  public static void main(String[] arguments) {
    System.out.println(new OnnxRuntimeBackend().availability());
  }
}
