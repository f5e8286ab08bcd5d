// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda;

import dev.quench.xnor.cuda.product.BinaryGpu;

/// Prints what there is, then tries to open it.
final class ProbeMain {
  private ProbeMain() {}

  public static void main(String[] arguments) {
    System.out.println(BinaryGpu.availability());
    try (BinaryGpu gpu = BinaryGpu.open()) {
      System.out.println("opened " + gpu.description());
    } catch (CudaException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
