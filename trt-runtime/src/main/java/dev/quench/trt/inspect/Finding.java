// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.inspect;

/// One thing that TensorRT needs on this machine, and whether it is there.
///
/// @param name for example `libcudnn_graph.so.9`
/// @param found whether it is there and can be used
/// @param detail what was found or what stands against it; one line
/// @param remedy what the user can do when it is not found or [#isDoubtful]; empty else
public record Finding(String name, boolean found, String detail, String remedy) {
  static Finding present(String name, String detail) {
    return new Finding(name, true, detail, "");
  }

  /// Something that can be used and yet may not do for everything.
  static Finding doubtful(String name, String detail, String remedy) {
    return new Finding(name, true, detail, remedy);
  }

  static Finding missing(String name, String detail, String remedy) {
    return new Finding(name, false, detail, remedy);
  }

  /// Whether it can be used but may not do for everything, as `detail` says.
  public boolean isDoubtful() {
    return found && !remedy.isEmpty();
  }
}
