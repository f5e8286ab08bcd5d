// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

/// One requirement of TensorRT on this machine, and whether it is met.
///
/// @param name for example `libcudnn_graph.so.9`
/// @param found whether it is present and usable
/// @param detail what was found, or why it cannot be used; one line
/// @param remedy what the user can do if it was not found or [#isDoubtful]; else empty
public record Finding(String name, boolean found, String detail, String remedy) {
  static Finding present(String name, String detail) {
    return new Finding(name, true, detail, "");
  }

  /// A usable component with possible limitations.
  static Finding doubtful(String name, String detail, String remedy) {
    return new Finding(name, true, detail, remedy);
  }

  static Finding missing(String name, String detail, String remedy) {
    return new Finding(name, false, detail, remedy);
  }

  /// Whether it is usable but has possible limitations, which `detail` describes.
  public boolean isDoubtful() {
    return found && !remedy.isEmpty();
  }
}
