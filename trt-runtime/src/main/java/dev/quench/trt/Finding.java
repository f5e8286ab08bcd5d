// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

/// One thing that TensorRT needs on this machine, and whether it is there.
///
/// @param name for example `libcudnn_graph.so.9`
/// @param found whether it is there and can be used
/// @param detail what was found or what stands against it; one line
/// @param remedy what the user can do when it is not found; empty when it is
public record Finding(String name, boolean found, String detail, String remedy) {
  static Finding present(String name, String detail) {
    return new Finding(name, true, detail, "");
  }

  static Finding missing(String name, String detail, String remedy) {
    return new Finding(name, false, detail, remedy);
  }
}
