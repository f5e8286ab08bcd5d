// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.trt.internal.CudaDevice;
import dev.quench.trt.internal.Environment;

/// Machines that tests pretend to be.
public final class Machines {
  public static final Environment L4 = of("10.15.1.29", "NVIDIA L4", 8, 9);
  public static final Environment H100 = of("10.15.1.29", "NVIDIA H100 80GB HBM3", 9, 0);

  private Machines() {}

  public static Environment of(String tensorRt, String gpu, int major, int minor) {
    return new Environment(
        tensorRt, "13.1", "13.1", new CudaDevice(gpu, major, minor, 24L << 30, 58));
  }
}
