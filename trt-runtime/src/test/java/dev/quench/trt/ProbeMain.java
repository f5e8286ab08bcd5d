// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

import dev.quench.run.Availability;
import dev.quench.trt.inspect.TensorRtProbe;

/// Prints what the probe says.
public final class ProbeMain {
  private ProbeMain() {}

  public static void main(String[] arguments) {
    switch (TensorRtProbe.availability()) {
      case Availability.Available(String description) ->
          System.out.println("available: " + description);
      case Availability.Unavailable(String reason, String remedy) -> {
        System.out.println("unavailable: " + reason);
        System.out.println("remedy: " + remedy);
      }
    }
    TensorRtProbe.findings().forEach(System.out::println);
  }
}
