// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The source text of the kernels, in CUDA C++.
final class KernelSource {
  private static final List<String> EVERY_GPU = List.of("layout.cu", "pack.cu", "popcount.cu");

  private KernelSource() {}

  /// @param tensorCores whether to include the kernels for compute capability 8.0 and newer
  static String text(boolean tensorCores) {
    StringBuilder text = new StringBuilder();
    if (tensorCores) {
      append(text, "instructions.cu");
    }
    EVERY_GPU.forEach(part -> append(text, part));
    if (tensorCores) {
      append(text, "tensorcore.cu");
    }
    return text.toString();
  }

  /// The whole source without the PTX instructions, for tests that replace these.
  static String withoutInstructions() {
    StringBuilder text = new StringBuilder();
    EVERY_GPU.forEach(part -> append(text, part));
    append(text, "tensorcore.cu");
    return text.toString();
  }

  private static void append(StringBuilder text, String name) {
    // Makes the compiler's messages name file and line.
    text.append("#line 1 \"").append(name).append("\"\n");
    try (InputStream stream =
        KernelSource.class.getResourceAsStream("/dev/quench/xnor/cuda/" + name)) {
      if (stream == null) {
        throw new IllegalStateException("this jar is incomplete: missing resource " + name);
      }
      text.append(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read resource " + name, e);
    }
  }
}
